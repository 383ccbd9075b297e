/**
 * Streams on a cadence: kline (every two seconds where something traded, and once when a bar closes),
 * miniTicker and avgPrice (each second).
 * Flow: market data -> here -> hub. Bars are asked of the market, so they equal the REST bars.
 * Units: microseconds on the exchange's clock; cadences in wall milliseconds.
 */
import type { MarketClock } from '../clock.ts';
import type { PublicationGate } from '../faults/publication-gate.ts';
import { findInterval, type KlineInterval, openOf } from '../market/kline-interval.ts';
import type { MarketData } from '../market/market-data.ts';
import { averagePrice, daySummary } from '../market/rolling-window.ts';
import { Frame } from './frame.ts';
import { averagePricePayload, klinePayload, miniTickerPayload } from './payloads.ts';
import type { StreamHub } from './stream-hub.ts';

const KLINE_EVERY_MS = 2000;
const TICKER_EVERY_MS = 1000;

interface KlineStream {
  readonly stream: string;
  readonly symbol: number;
  readonly interval: KlineInterval;
  openMs: number;
  sentTradeId: number;
  sentAtMs: number;
}

export class PeriodicStreams {
  readonly #market: MarketData;
  readonly #clock: MarketClock;
  readonly #hub: StreamHub;
  readonly #gate: PublicationGate;
  readonly #klines = new Map<string, KlineStream>();
  #tickersAtMs = 0;

  constructor(market: MarketData, clock: MarketClock, hub: StreamHub, gate: PublicationGate) {
    this.#gate = gate;
    this.#market = market;
    this.#clock = clock;
    this.#hub = hub;
  }

  advance(): void {
    const nowUs = this.#clock.nowUs();
    const wallMs = performance.now();
    const second = wallMs - this.#tickersAtMs >= TICKER_EVERY_MS;
    if (second) this.#tickersAtMs = wallMs;
    for (const name of this.#klines.keys()) if (!this.#hub.wants(name)) this.#klines.delete(name);
    for (const stream of this.#hub.streams) {
      const [name, kind] = stream.split('@');
      if (kind?.startsWith('kline_')) this.#kline(stream, nowUs, wallMs);
      else if (second && (kind === 'miniTicker' || kind === 'avgPrice')) {
        const symbol = this.#symbolOf(name!);
        if (symbol >= 0) this.#ticker(stream, kind, symbol, this.#gate.edgeUs(symbol, nowUs));
      }
    }
  }

  #symbolOf(name: string): number {
    const wanted = name.toUpperCase();
    return this.#market.instruments.findIndex((instrument) => instrument.symbol === wanted);
  }

  #kline(name: string, nowUs: number, wallMs: number): void {
    const stream = this.#klines.get(name) ?? this.#openKline(name, nowUs);
    if (stream === undefined) return;
    const edgeUs = this.#gate.edgeUs(stream.symbol, nowUs);
    const settledMs = edgeUs / 1000 - this.#market.settleMs;
    while (stream.openMs + stream.interval.widthMs <= settledMs) {
      this.#sendKline(stream, edgeUs, true);
      stream.openMs += stream.interval.widthMs;
    }
    if (wallMs - stream.sentAtMs < KLINE_EVERY_MS) return;
    stream.sentAtMs = wallMs;
    this.#sendKline(stream, edgeUs, false);
  }

  #openKline(name: string, nowUs: number): KlineStream | undefined {
    const [symbolName, kind] = name.split('@');
    const symbol = this.#symbolOf(symbolName!);
    const interval = findInterval(kind!.slice('kline_'.length));
    if (symbol < 0 || interval === undefined) return undefined;
    const openMs = openOf(interval, nowUs / 1000);
    const stream = { stream: name, symbol, interval, openMs, sentTradeId: -1, sentAtMs: 0 };
    this.#klines.set(name, stream);
    return stream;
  }

  #sendKline(stream: KlineStream, edgeUs: number, closed: boolean): void {
    const { symbol, interval } = stream;
    const kline = this.#market.klineAt(symbol, interval, stream.openMs, edgeUs);
    if (kline === undefined || (!closed && kline.lastTradeId === stream.sentTradeId)) return;
    stream.sentTradeId = kline.lastTradeId;
    const of = this.#market.instruments[symbol]!;
    const eventUs = this.#clock.statedUs();
    this.#hub.publish(
      new Frame(stream.stream, (micro) => klinePayload(of, interval.name, kline, closed, eventUs, micro)),
    );
  }

  #ticker(stream: string, kind: string, symbol: number, nowUs: number): void {
    const of = this.#market.instruments[symbol]!;
    const eventUs = this.#clock.statedUs();
    if (kind === 'miniTicker') {
      const day = daySummary(this.#market, symbol, nowUs);
      if (day !== undefined)
        this.#hub.publish(new Frame(stream, (micro) => miniTickerPayload(of, day, eventUs, micro)));
      return;
    }
    const average = averagePrice(this.#market, symbol, nowUs);
    if (average === undefined) return;
    const { price, lastTradeUs } = average;
    this.#hub.publish(
      new Frame(stream, (micro) => averagePricePayload(of, price, lastTradeUs, eventUs, micro)),
    );
  }
}
