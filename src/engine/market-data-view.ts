/**
 * How good the data of one symbol is, in the words of the service.
 */
import type { StreamStatus } from '#feed/market-feed.ts';
import type { MarketDataView } from './risk-engine.ts';

const STATES = { live: 'live', recovering: 'gap', stalled: 'stale', halted: 'halted', down: 'down' } as const;

/** `ageMs`: time since anything was heard of the symbol; a live stream older than `staleMs` counts as stale. */
export function marketDataView(stream: StreamStatus, ageMs: number, staleMs: number): MarketDataView {
  const state = STATES[stream.state];
  return {
    symbol: stream.symbol,
    state: state === 'live' && ageMs > staleMs ? 'stale' : state,
    lastEventMs: stream.lastTradeMs,
    ageMs,
    gapCount: stream.gaps,
    duplicateCount: stream.duplicates,
    lost: stream.lost,
  };
}
