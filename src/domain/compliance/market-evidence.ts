/**
 * Evidence of real data and of healthy sandboxes, from what the feed and the pool say of themselves.
 * Only provenance `binance` is real: a replay or a synthetic market, however live, objects.
 */
import type { Provenance } from '../market/tick.ts';
import type { Evidence } from './evaluate.ts';

export interface StreamView {
  readonly symbol: string;
  readonly live: boolean;
  readonly ageMs: number;
}

export function realDataEvidence(
  provenance: Provenance,
  streams: readonly StreamView[],
  staleAfterMs: number,
  nowMs: number,
): Evidence {
  const fresh = streams.filter(({ live, ageMs }) => live && ageMs <= staleAfterMs);
  const oldest = streams.reduce((age, stream) => Math.max(age, stream.ageMs), 0);
  return {
    measured: streams.length === 0 ? undefined : fresh.length / streams.length,
    atMs: nowMs,
    samples: streams.length,
    objections: provenance === 'binance' ? [] : [`the market data are ${provenance}, not real`],
    facts: {
      provenance,
      symbols: streams.length,
      oldestMs: Number.isFinite(oldest) ? oldest : null,
      notFresh: streams
        .filter((stream) => !fresh.includes(stream))
        .map(({ symbol }) => symbol)
        .slice(0, 20),
    },
  };
}

export interface SandboxView {
  readonly provider: string;
  readonly isolation: string;
  readonly required: number;
  readonly healthy: number;
  readonly blocked: string | undefined;
}

export function sandboxEvidence(pool: SandboxView, nowMs: number): Evidence {
  const { provider, isolation, required, healthy, blocked } = pool;
  return {
    measured: healthy,
    atMs: nowMs,
    samples: 1,
    objections: blocked === undefined ? [] : [`the sandbox pool is blocked: ${blocked}`],
    facts: { provider, isolation, required, healthy },
  };
}
