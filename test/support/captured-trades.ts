/**
 * Trades read straight from a capture file, by nothing that the service uses.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { PlainTrade } from '../reference/slow-bars.ts';
import { sharedPath } from './shared-data.ts';

export const CAPTURES = [
  'btcusdt_20240808.gz',
  'btcusdt_20240809.gz',
  'ethusdt_20240808.gz',
  'ethusdt_20240809.gz',
];

/** Paths of the four captured spot files, or undefined where they are absent. */
export function capturePaths(): string[] | undefined {
  const paths = CAPTURES.map((name) => sharedPath('data/binance-raw/hftbacktest-spot-20240808', name));
  return paths.every((path) => path !== undefined) ? paths : undefined;
}

export function capturedTrades(paths: readonly string[], symbol: string): PlainTrade[] {
  const trades: PlainTrade[] = [];
  for (const path of paths.filter((name) => name.includes(symbol.toLowerCase()))) {
    for (const line of gunzipSync(readFileSync(path)).toString().split('\n')) {
      if (!line.includes(`"stream":"${symbol.toLowerCase()}@trade"`)) continue;
      const { data } = JSON.parse(line.slice(line.indexOf('{')));
      trades.push({ price: Number(data.p), quantity: Number(data.q), fills: 1, timeUs: data.T * 1000 });
    }
  }
  return trades;
}
