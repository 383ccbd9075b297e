import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { describeConfig } from '../../../src/config/describe-config.ts';
import { forgetSecrets } from '../../../src/config/forget-secrets.ts';
import { ConfigError, type Environment, loadConfig } from '../../../src/config/load-config.ts';
import fc from '../../support/seeded-check.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');

function faults(env: Environment, readFile?: (path: string) => string): readonly string[] {
  try {
    loadConfig(env, readFile);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('needs nothing: every setting has a default or may be absent', () => {
    const config = loadConfig({});
    expect(config.http.port).toBe(8080);
    expect(config.http.metricsPort).toBe(9090);
    expect(config.market.barIntervalsMs).toEqual([300_000, 3_600_000, 86_400_000]);
    expect(config.sandbox.poolSize).toBe(3);
    expect(config.model.workerThreads).toBeUndefined();
  });

  it('takes the names of the deployment guide', () => {
    const config = loadConfig({
      E2B_API_TOKEN: 'e2b-value',
      BINANCE_API_KEY: 'api-value',
      BINANCE_SECRET_KEY: 'secret-value',
      SLACK_WEBHOOK_URL: 'https://hooks.example/x',
      PAGERDUTY_API_KEY: 'pd-value',
      PAGERDUTY_SERVICE_ID: 'P123',
    });
    expect(config.sandbox.e2bApiToken?.reveal()).toBe('e2b-value');
    expect(config.binance.apiKey?.reveal()).toBe('api-value');
    expect(config.binance.secretKey?.reveal()).toBe('secret-value');
    expect(config.telemetry.pagerdutyServiceId).toBe('P123');
  });

  it('reads ages in days; audit entries stay for ever unless an age is given', () => {
    expect(loadConfig({}).retention).toMatchObject({ lineagesMs: 30 * 86_400_000, auditMs: undefined });
    const { retention } = loadConfig({ RETAIN_LINEAGES_DAYS: '7', RETAIN_AUDIT_DAYS: '2557' });
    expect(retention).toMatchObject({ lineagesMs: 7 * 86_400_000, auditMs: 2557 * 86_400_000 });
    expect(faults({ RETAIN_JOBS_DAYS: '0', RETAIN_MODELS_DAYS: '1.5' })).toHaveLength(2);
  });

  it('is frozen to the bottom', () => {
    const config = loadConfig({});
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.http)).toBe(true);
    expect(Object.isFrozen(config.market.symbols)).toBe(true);
  });

  it('names every fault in one error', () => {
    const env = {
      PORT: '70000',
      LOG_LEVEL: 'loud',
      SYMBOLS: 'BTCUSDT,BTCUSDT',
      BAR_INTERVALS: '1h,5m',
      BINANCE_WS_URL: 'https://not-a-socket',
      AUDIT_SAMPLE: 'half',
      DATABASE_URL: 'mysql://db',
      ENCRYPTION_KEYS: 'k1:short',
      AUTH_TOKENS: 'ops:root:0123456789abcdef',
      TLS_CERT_FILE: '/tls.crt',
      MAX_STALE_MS: '1000',
    };
    const named = faults(env).map((fault) => fault.split(' ', 1)[0]);
    expect(named.toSorted()).toEqual(Object.keys(env).toSorted());
  });

  it.each([
    [{ TLS_CERT_FILE: '/tls.crt' }, 'TLS_KEY_FILE'],
    [{ DRAIN_MS: '9000', SHUTDOWN_TIMEOUT_MS: '9000' }, 'SHUTDOWN_TIMEOUT_MS'],
    [{ SYMBOLS: 'BTCUSDT,ETHBTC' }, 'ETHBTC'],
    [{ NODE_ENV: 'production', BVAR_DEV_TOKEN: 'development-token' }, 'BVAR_DEV_TOKEN'],
  ])('refuses what contradicts itself: %o', (env, word) => {
    expect(faults(env).join()).toContain(word);
  });

  it.each(['your_e2b_api_token', 'CHANGEME', '<token>', 'replace-me'])(
    'refuses the placeholder %s as a secret and does not print it',
    (text) => {
      const [fault] = faults({ E2B_API_TOKEN: text });
      expect(fault).toContain('placeholder');
      expect(fault).not.toContain(text);
    },
  );

  it('reads secrets from files, trims them, and reports an unreadable one', () => {
    const readFile = (path: string): string => {
      if (path === '/run/secrets/e2b') return 'from-file\n';
      throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    };
    expect(
      loadConfig({ E2B_API_TOKEN_FILE: '/run/secrets/e2b' }, readFile).sandbox.e2bApiToken?.reveal(),
    ).toBe('from-file');
    expect(faults({ BINANCE_API_KEY_FILE: '/missing' }, readFile)[0]).toContain('ENOENT');
    expect(faults({ E2B_API_TOKEN: 'other', E2B_API_TOKEN_FILE: '/run/secrets/e2b' }, readFile)[0]).toContain(
      'given twice',
    );
  });

  it('takes an alias, and refuses two names with two values', () => {
    expect(loadConfig({ E2B_API_KEY: 'same' }).sandbox.e2bApiToken?.reveal()).toBe('same');
    expect(loadConfig({ E2B_API_KEY: 'same', E2B_API_TOKEN: 'same' }).sandbox.e2bApiToken?.reveal()).toBe(
      'same',
    );
    expect(faults({ E2B_API_KEY: 'one', E2B_API_TOKEN: 'two' })).toHaveLength(1);
  });

  it('forgets secrets and their aliases in an environment, and nothing else', () => {
    const env = {
      E2B_API_KEY: 'a',
      DATABASE_URL: 'b',
      ENCRYPTION_KEY: 'c',
      PORT: '1',
      E2B_API_TOKEN_FILE: '/d',
    };
    forgetSecrets(env);
    expect(env).toEqual({ PORT: '1', E2B_API_TOKEN_FILE: '/d' });
  });

  it('treats an empty variable as absent', () => {
    expect(loadConfig({ PORT: ' ', E2B_API_TOKEN: '' }).http.port).toBe(8080);
  });

  it('reads tokens with their scopes and keys with their ids', () => {
    const config = loadConfig({
      AUTH_TOKENS: 'ops:read+admin:0123456789abcdef, probe:read:fedcba9876543210',
      ENCRYPTION_KEYS: `k2:${KEY},k1:${KEY}`,
    });
    expect(config.auth.tokens?.map(({ id, scopes }) => [id, scopes])).toEqual([
      ['ops', ['read', 'admin']],
      ['probe', ['read']],
    ]);
    expect(config.store.encryptionKeys?.map(({ id }) => id)).toEqual(['k2', 'k1']);
  });

  it('never prints a secret, by whatever way it is printed', () => {
    const text = 'hush-hush-hush-hush';
    const config = loadConfig({
      E2B_API_TOKEN: text,
      DATABASE_URL: `postgres://user:${text}@db/bvar`,
      AUTH_TOKENS: `ops:read:${text}`,
    });
    const printed = [inspect(config, { depth: 9 }), JSON.stringify(config), `${config.sandbox.e2bApiToken}`];
    for (const line of printed) expect(line).not.toContain(text);
  });

  it('never fails in another way, whatever the environment holds', () => {
    const names = describeConfig().map(({ name }) => name);
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), fc.string()), (env) => {
        expect(Array.isArray(faults(env))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe('describeConfig', () => {
  it('lists each name once, with words for a reader', () => {
    const views = describeConfig();
    const names = views.flatMap(({ name, aliases }) => [name, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
    for (const view of views) expect(view.description.length).toBeGreaterThan(5);
    expect(views.find(({ name }) => name === 'DATABASE_URL')).toMatchObject({ secret: true });
    expect(names).not.toContain('AUTH_DISABLED');
  });
});
