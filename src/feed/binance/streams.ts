/**
 * Names of market streams, the way to subscribe to them in pieces, and the check that it took.
 */
import type { TradeStream } from './trade-source.ts';

export interface StreamChoice {
  readonly trade: TradeStream;
  readonly quotes: boolean;
  /** Bar intervals by their wire names. */
  readonly klines: readonly string[];
}

/** Small enough that a message stays well below any frame limit. */
const BATCH = 200;

export function streamsOf(symbol: string, choice: StreamChoice): string[] {
  const name = symbol.toLowerCase();
  return [
    `${name}@${choice.trade}`,
    ...(choice.quotes ? [`${name}@bookTicker`] : []),
    ...choice.klines.map((interval) => `${name}@kline_${interval}`),
  ];
}

export function subscriptionBatches(streams: readonly string[]): string[][] {
  const batches: string[][] = [];
  for (let at = 0; at < streams.length; at += BATCH) batches.push(streams.slice(at, at + BATCH));
  return batches;
}

/** Which of the wanted streams a LIST_SUBSCRIPTIONS answer does not name. */
export function missingStreams(wanted: readonly string[], listed: unknown): string[] {
  const known = new Set(Array.isArray(listed) ? listed.map(String) : []);
  return wanted.filter((name) => !known.has(name));
}
