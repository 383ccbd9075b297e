/**
 * What a file becomes: observations for the models, the stamps as they stood in the file, and every fact
 * about the file that a reader of the forecasts should know.
 */
import type { ObservationSeries } from '#domain/posterior/observation.ts';
import { InputError } from './input-error.ts';

export interface MarketSeries {
  readonly observations: ObservationSeries;
  /** The time cell of each observation's row, unchanged. */
  readonly stamps: readonly string[];
  /** log: observations hold log returns; book: simple returns of a weighted book, modelled as they are. */
  readonly kind: 'log' | 'book';
  /** The column or book, in words. */
  readonly source: string;
  readonly notes: readonly string[];
}

/** A price that falls or rises more than this in one bar is worth a word. */
const LARGE_MOVE = 0.5;
/** So many unchanged bars in a row are a halt or a dead feed, and forecasts across them are degraded. */
const LONG_STANDSTILL = 24;

/** Refuses series that hold no information; returns what should be said of the rest. */
export function inspectReturns(returns: Float64Array, kind: MarketSeries['kind']): string[] {
  if (returns.length === 0) throw new InputError('the file holds no return: at least two prices are needed');
  const first = returns[0]!;
  if (returns.every((value) => value === 0))
    throw new InputError('every price is equal: a series that never moves has no law to learn');
  if (returns.every((value) => value === first)) throw new InputError('every return is equal');
  const notes: string[] = [];
  let largest = 0;
  let zeros = 0;
  let still = 0;
  let longestStill = 0;
  for (const value of returns) {
    const size = kind === 'log' ? Math.expm1(value) : value;
    if (Math.abs(size) > Math.abs(largest)) largest = size;
    if (value === 0) zeros++;
    still = value === 0 ? still + 1 : 0;
    longestStill = Math.max(longestStill, still);
  }
  if (Math.abs(largest) > LARGE_MOVE) notes.push(`largest move in one bar ${percent(largest)}`);
  if (zeros > returns.length / 4) notes.push(`${percent(zeros / returns.length)} of the returns are zero`);
  if (longestStill >= LONG_STANDSTILL)
    notes.push(`degraded: the price stands still for up to ${longestStill} bars; forecasts there say little`);
  return notes;
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
