import { describe, expect, it } from 'vitest';
import { describeConfig } from '../../src/config/describe-config.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { type Json, named } from './support/manifests.ts';

const data: Record<string, string> = named('ConfigMap', 'bayesian-var-config').data;
const settings = describeConfig();
const known = new Set(settings.flatMap((setting) => [setting.name, ...setting.aliases]));

/** Read by Node itself, before the service starts. */
const RUNTIME = ['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS'];

/** What the secret files hold when an operator has filled them in. */
const FILES: Record<string, string> = {
  DATABASE_URL: 'postgres://var:password@postgres.database.svc:5432/bayesian_var',
  E2B_API_TOKEN: 'e2b_0123456789abcdef',
  BINANCE_API_KEY: 'a'.repeat(64),
  BINANCE_SECRET_KEY: 'b'.repeat(64),
  ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
  AUTH_TOKENS: 'gateway:read+write:0123456789abcdef0123',
};

const readFile = (path: string): string => FILES[path.split('/').at(-1) as string] ?? '';

describe('the settings of the cluster', () => {
  it('name only variables that the service understands', () => {
    const unknown = Object.keys(data).filter(
      (key) => !known.has(key) && !known.has(key.replace(/_FILE$/, '')) && !RUNTIME.includes(key),
    );
    expect(unknown).toEqual([]);
  });

  it('give a secret as a file, and nothing but secrets', () => {
    const secrets = new Set(settings.filter((s) => s.secret).map((s) => s.name));
    const asFiles = Object.keys(data).filter((key) => key.endsWith('_FILE') && !known.has(key));
    for (const key of asFiles) expect(secrets).toContain(key.replace(/_FILE$/, ''));
    for (const name of secrets) expect(Object.keys(data)).not.toContain(name);
  });

  it('are accepted by the service as they ship, once the secrets are filled in', () => {
    const config = loadConfig({ ...data, DEPLOYMENT_COLOR: 'green' }, readFile);
    expect(config.service.environment).toBe('production');
    expect([config.http.port, config.http.metricsPort]).toEqual([8080, 9090]);
    expect(config.compliance.primeDirective).toBe('enforce');
    expect(config.sandbox.provider).toBe('e2b');
  });

  it('stop the service while the placeholders are there', () => {
    expect(() => loadConfig({ ...data, DEPLOYMENT_COLOR: 'green' }, () => 'REPLACE_ME')).toThrow(
      /DATABASE_URL/,
    );
  });

  it('agree with the ports and paths of the pods', () => {
    const container: Json = named('Deployment', 'bayesian-var-blue').spec.template.spec.containers[0];
    const port = (name: string): number => container.ports.find((p: Json) => p.name === name).containerPort;
    expect([String(port('http')), String(port('metrics'))]).toEqual([data['PORT'], data['METRICS_PORT']]);
    const mounts = container.volumeMounts.map((mount: Json) => mount.mountPath as string);
    const paths = Object.entries(data).filter(([key]) => /_FILE$|_DIR$|_CERTS$/.test(key));
    for (const [key, path] of paths)
      expect(
        mounts.some((mount: string) => path.startsWith(mount)),
        `${key}=${path} is mounted`,
      ).toBe(true);
  });

  it('leave room for V8 below the memory limit', () => {
    const heap = Number(/--max-old-space-size=(\d+)/.exec(data['NODE_OPTIONS'] as string)?.[1]);
    expect(heap).toBeLessThanOrEqual(2048 * 0.75);
  });
});
