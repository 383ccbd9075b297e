/**
 * Where the ticks come from, decided by the hosts and never by what a server says of itself alone:
 * `binance` only where every configured base is a production host of Binance over TLS. Any other server may
 * declare that it replays a recording; what declares nothing is synthetic.
 */
import type { Provenance } from '#domain/market/tick.ts';
import { isRecord } from './fields.ts';

const STREAM_HOSTS = /^(stream|data-stream)\.binance\.(com|vision)$/;
const REST_HOSTS = /^(api|api-gcp|api[1-4]|data-api)\.binance\.(com|vision)$/;

function isProduction(base: string): boolean {
  const { protocol, hostname } = new URL(base);
  if (protocol === 'wss:') return STREAM_HOSTS.test(hostname);
  return protocol === 'https:' && REST_HOSTS.test(hostname);
}

/** `binance`, or undefined where the server has to be asked. */
export function provenanceOfHosts(bases: readonly string[]): Provenance | undefined {
  return bases.length > 0 && bases.every(isProduction) ? 'binance' : undefined;
}

/** What a server other than Binance declared on /exchange/provenance. */
export function declaredProvenance(body: unknown): Provenance {
  return isRecord(body) && body['provenance'] === 'replay' ? 'replay' : 'synthetic';
}
