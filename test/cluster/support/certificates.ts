/** One authority and one certificate for every listener of the test, made by openssl; and the key that signs tokens. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { MARKET_HOSTS } from './market.ts';

export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** Signs and checks the tokens of service accounts. */
  readonly accountKey: string;
}

const NAMES = [
  ...['DNS:localhost', 'DNS:bayesian-var.production.svc', 'DNS:kubernetes.default.svc'],
  ...MARKET_HOSTS.map((name) => `DNS:${name}`),
  ...['IP:127.0.0.1', 'IP:10.77.0.1'],
].join(',');

export function makeCertificates(dir: string): Certificates {
  const at = (name: string): string => join(dir, name);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-subj',
    '/CN=test authority',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.crt'),
  );
  const signed = ['-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-addext', `subjectAltName=${NAMES}`];
  const out = ['-keyout', at('tls.key'), '-out', at('tls.crt')];
  openssl(
    'req',
    '-x509',
    ...key,
    ...signed,
    '-addext',
    'basicConstraints=CA:FALSE',
    '-subj',
    '/CN=test',
    ...out,
  );
  openssl('genrsa', '-out', at('accounts.key'), '2048');
  return { ca: at('ca.crt'), cert: at('tls.crt'), key: at('tls.key'), accountKey: at('accounts.key') };
}
