import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FastFrames } from '../../src/feed/binance/fast-frame.ts';
import { parseFrame } from '../../src/feed/binance/parse-frame.ts';
import { sharedPath } from '../support/shared-data.ts';

const spot = sharedPath('data/binance-raw/hftbacktest-spot-20240808');
const thin = sharedPath('data/binance-raw/cryptofeed-20211012/BINANCE.ws.1.0.gz');

function lines(path: string): string[] {
  return gunzipSync(readFileSync(path)).toString().split('\n');
}

/** Counts of frames by kind; the short cut must agree wherever it gives an answer. */
function tally(texts: readonly string[], symbols: ReadonlyMap<string, number>) {
  const fast = new FastFrames(symbols);
  const counts: Record<string, number> = {};
  for (const text of texts) {
    const frame = parseFrame(text, symbols, 1);
    const quick = fast.read(Buffer.from(text), 1);
    if (quick !== undefined) {
      counts['by short cut'] = (counts['by short cut'] ?? 0) + 1;
      expect(quick).toEqual(frame);
    }
    const kind = frame.kind === 'unknown' ? `unknown ${frame.what}` : frame.kind;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

describe.skipIf(spot === undefined || thin === undefined)(
  'frames as the exchange sent them (skipped where they are absent)',
  () => {
    it('two liquid pairs over eleven minutes: nothing malformed, trades and quotes all by the short cut', () => {
      const symbols = new Map([
        ['BTCUSDT', 0],
        ['ETHUSDT', 1],
      ]);
      const texts = readdirSync(spot as string)
        .flatMap((name) => lines(`${spot}/${name}`))
        .map((line) => line.slice(line.indexOf('{')))
        .filter((text) => text.startsWith('{"stream"'));
      expect(tally(texts, symbols)).toEqual({
        trade: 34_419,
        quote: 73_174 + 58_758,
        'by short cut': 34_419 + 73_174 + 58_758,
        'unknown depthUpdate': 6495 + 6470,
      });
    });

    it('thin pairs with aggregate trades and klines', () => {
      const symbols = new Map(
        ['NKNUSDT', 'BLZETH', 'LRCBTC', 'RUNEEUR'].map((symbol, index) => [symbol, index]),
      );
      const texts = lines(thin as string)
        .filter((line) => /^[\d.]+: /.test(line))
        .map((line) => line.slice(line.indexOf('{')));
      expect(tally(texts, symbols)).toMatchObject({ trade: 2, kline: 2, quote: 84 });
    });
  },
);
