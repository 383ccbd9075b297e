/**
 * The exchange's own statement of its limits.
 */
import { integer, isRecord } from './fields.ts';
import type { RestClient } from './rest-client.ts';

const WEIGHT = 20;

/** Request weight a minute, as /api/v3/exchangeInfo states it; undefined where it does not answer. */
export async function fetchWeightLimit(rest: RestClient, symbol: string): Promise<number | undefined> {
  const reply = await rest.get('/api/v3/exchangeInfo', { symbol }, WEIGHT);
  return reply.ok ? weightLimitOf(reply.value) : undefined;
}

export function weightLimitOf(body: unknown): number | undefined {
  const limits = isRecord(body) ? body['rateLimits'] : undefined;
  if (!Array.isArray(limits)) return undefined;
  for (const entry of limits) {
    if (!isRecord(entry) || entry['rateLimitType'] !== 'REQUEST_WEIGHT') continue;
    if (entry['interval'] !== 'MINUTE' || entry['intervalNum'] !== 1) continue;
    const limit = integer(entry['limit']);
    if (limit > 0) return limit;
  }
  return undefined;
}
