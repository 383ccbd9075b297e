/**
 * Everything that can happen to a stream, at once: links cut again and again, trade frames lost, frames sent
 * twice after each subscription, one stream silent for a while.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Exchange } from '../../src/exchange/exchange.ts';
import type { BinanceFeedOptions } from '../../src/feed/binance/options.ts';

export interface Storm {
  readonly tradeStream: 'trade' | 'aggTrade';
  readonly drops: number;
  readonly dropEveryMs: number;
  readonly lossFraction: number;
  readonly stalledStream: string;
  readonly stallMs: number;
}

/** Limits for a market that runs many times faster than the clock. */
export const FAST_LIMITS: NonNullable<BinanceFeedOptions['limits']> = {
  backoff: { firstMs: 20, capMs: 200 },
  connectGapMs: 20,
  link: { controlGapMs: 210, idleMs: 2000 },
  gap: { delayMs: 60, retryMs: 60, attempts: 20 },
  silence: { floorMs: 300, ceilingMs: 1000 },
  settleAfterMs: 100,
  stallReplaceMs: 1000,
  watchMs: 50,
};

/** Plants the faults and resolves when the last link was cut and every fault lifted. */
export async function raiseStorm(exchange: Exchange, storm: Storm): Promise<void> {
  const trades = `*@${storm.tradeStream}`;
  exchange.admin({ kind: 'lose-frames', stream: trades, fraction: storm.lossFraction });
  exchange.admin({ kind: 'duplicate-on-subscribe', stream: trades, frames: 40 });
  for (let drop = 0; drop < storm.drops; drop += 1) {
    if (drop === Math.floor(storm.drops / 2)) {
      exchange.admin({ kind: 'stall-stream', stream: storm.stalledStream, forMs: storm.stallMs });
      await sleep(storm.stallMs);
    }
    await sleep(storm.dropEveryMs);
    exchange.admin({ kind: 'drop-links' });
  }
  await sleep(storm.dropEveryMs);
  exchange.clearFaults();
}
