/**
 * Closed bars from REST klines, paged backwards from the end, the unfinished bar left out.
 * Flow: ingest (warm-up, repair) -> here -> REST.
 */
import type { Bar } from '#domain/market/bar.ts';
import type { FeedClock } from './clock.ts';
import type { ClockOffset } from './clock-offset.ts';
import { intervalName } from './interval.ts';
import { parseKlineRow } from './parse-kline.ts';
import { pause } from './pause.ts';
import type { RestClient } from './rest-client.ts';

const PAGE_ROWS = 1000;
const WEIGHT = 2;
const ATTEMPTS = 5;
const RETRY_MS = 300;

export interface HistoryParts {
  readonly rest: RestClient;
  readonly offset: ClockOffset;
  readonly clock: FeedClock;
  readonly signal: AbortSignal;
}

export async function fetchHistory(
  parts: HistoryParts,
  symbol: string,
  intervalMs: number,
  count: number,
  endMs?: number,
): Promise<readonly Bar[]> {
  const exchangeNowMs = (await parts.offset.probe()) ?? Number.NaN;
  const wantedEndMs = endMs ?? (Number.isNaN(exchangeNowMs) ? parts.clock.nowMs() : exchangeNowMs);
  // Without the exchange's time the newest row is taken for unfinished.
  const closedBeforeMs = Number.isNaN(exchangeNowMs) ? wantedEndMs - intervalMs : exchangeNowMs;
  let bars: Bar[] = [];
  let pageEndMs = wantedEndMs - 1;
  while (bars.length < count && !parts.signal.aborted) {
    const limit = Math.min(PAGE_ROWS, count - bars.length + 1);
    const rows = await page(parts, {
      symbol,
      interval: intervalName(intervalMs),
      endTime: Math.floor(pageEndMs),
      limit,
    });
    const read = rows
      .map((row) => parseKlineRow(row, intervalMs))
      .filter((bar) => bar !== undefined && bar.openTimeMs <= pageEndMs);
    const oldest = read[0];
    if (oldest === undefined) break;
    bars = [
      ...(read as Bar[]).filter(
        (bar) => bar.openTimeMs + intervalMs <= Math.min(closedBeforeMs, wantedEndMs),
      ),
      ...bars,
    ];
    if (rows.length < limit) break;
    pageEndMs = oldest.openTimeMs - 1;
  }
  return bars.slice(-count);
}

async function page(parts: HistoryParts, query: Record<string, string | number>): Promise<unknown[]> {
  let fault = 'the feed is closing';
  for (let attempt = 1; attempt <= ATTEMPTS && !parts.signal.aborted; attempt += 1) {
    const reply = await parts.rest.get('/api/v3/klines', query, WEIGHT);
    if (reply.ok && Array.isArray(reply.value)) return reply.value;
    fault = reply.ok ? 'not a list' : `${reply.reason}: ${reply.message}`;
    if (!reply.ok && (reply.reason === 'refused' || reply.reason === 'closed')) break;
    const blockedMs = parts.rest.blockedUntilMs - parts.clock.nowMs();
    await pause(Math.max(RETRY_MS * 2 ** attempt, Math.min(blockedMs, 60_000)), parts.signal);
  }
  throw new Error(`no history of ${query['symbol']} at ${query['interval']}: ${fault}`);
}
