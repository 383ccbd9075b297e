/**
 * Reads the parameters of one request; the first fault found is kept, so a handler checks once at the end.
 * Units: times are accepted in milliseconds or microseconds and handed on in milliseconds.
 */
import type { Instrument } from '../market/instrument.ts';
import { findInterval, type KlineInterval } from '../market/kline-interval.ts';
import type { TimeRange } from '../market/market-data.ts';
import { FAULTS, type Reply } from './reply.ts';

/** Sixteen digits count microseconds, thirteen milliseconds. */
const MICRO_FLOOR = 1e14;
const MAX_LIMIT = 1000;
const DEFAULT_LIMIT = 500;

export class QueryReader {
  readonly params: URLSearchParams;
  #fault: Reply | undefined;

  constructor(params: URLSearchParams) {
    this.params = params;
  }

  get fault(): Reply | undefined {
    return this.#fault;
  }

  symbol(instruments: readonly Instrument[]): number {
    const name = this.params.get('symbol');
    if (name === null || name === '') return this.#fail(FAULTS.missing('symbol'), 0);
    const index = instruments.findIndex((instrument) => instrument.symbol === name);
    return index >= 0 ? index : this.#fail(FAULTS.invalidSymbol(), 0);
  }

  /** One symbol, a JSON list of symbols, or all of them. */
  symbols(instruments: readonly Instrument[]): number[] {
    if (this.params.has('symbol')) return [this.symbol(instruments)];
    const list = this.params.get('symbols');
    if (list === null) return instruments.map((_, index) => index);
    if (!/^\[("[^"]+"(,"[^"]+")*)?\]$/.test(list)) return this.#fail(FAULTS.illegal('symbols'), []);
    const names = JSON.parse(list) as string[];
    const indices = names.map((name) => instruments.findIndex((instrument) => instrument.symbol === name));
    return indices.includes(-1) ? this.#fail(FAULTS.invalidSymbol(), []) : indices;
  }

  interval(): KlineInterval {
    const name = this.params.get('interval');
    const fallback = findInterval('1m')!;
    if (name === null || name === '') return this.#fail(FAULTS.missing('interval'), fallback);
    return findInterval(name) ?? this.#fail(FAULTS.invalidInterval(), fallback);
  }

  integer(name: string): number | undefined {
    const text = this.params.get(name);
    if (text === null) return undefined;
    if (!/^\d{1,20}$/.test(text)) return this.#fail(FAULTS.illegal(name), undefined);
    return Number(text);
  }

  limit(): number {
    const limit = this.integer('limit') ?? DEFAULT_LIMIT;
    return limit >= 1 ? Math.min(limit, MAX_LIMIT) : this.#fail(FAULTS.notValid('limit'), DEFAULT_LIMIT);
  }

  range(): TimeRange {
    return { startMs: this.#time('startTime'), endMs: this.#time('endTime') };
  }

  refuse(fault: Reply): void {
    this.#fault ??= fault;
  }

  #time(name: string): number | undefined {
    const value = this.integer(name);
    return value === undefined || value < MICRO_FLOOR ? value : Math.floor(value / 1000);
  }

  #fail<T>(fault: Reply, fallback: T): T {
    this.refuse(fault);
    return fallback;
  }
}
