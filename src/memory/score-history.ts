/**
 * Normal scores of past one-step forecasts, a ring per symbol with places fixed by bar time: what the
 * dependence is estimated from. Late and missing symbols leave NaN and nothing shifts. Writing the same score
 * twice changes nothing, so a task that died half-way is simply run again.
 * One writer per symbol at a time: its fit, then the interval's update.
 *
 * Flow: worker/inference -> here -> domain/dependence.
 * Shapes: per symbol ROWS open times, then ROWS scores; read out as T x A row-major.
 */
import { requireBytes } from './risk-layout.ts';

export const SCORE_ROWS = 512;

export interface ScoreHistory {
  write(symbol: number, openTimeMs: number, score: number): void;
  /** Rows up to a bar time, oldest first, into `out` (SCORE_ROWS x A); returns how many rows. */
  read(lastOpenTimeMs: number, out: Float64Array): number;
  /** One symbol's rows as they lie, those after `lastOpenTimeMs` left out. */
  copyOut(symbol: number, lastOpenTimeMs: number, times: Float64Array, scores: Float64Array): void;
  /** Replaces one symbol's rows. */
  copyIn(symbol: number, times: Float64Array, scores: Float64Array): void;
}

/** Where a bar's score lies among a symbol's rows. */
export function scorePlace(openTimeMs: number, intervalMs: number): number {
  return Math.round(openTimeMs / intervalMs) % SCORE_ROWS;
}

export function scoreHistoryBytes(symbols: number): number {
  return 16 * SCORE_ROWS * symbols;
}

export function attachScoreHistory(
  buffer: SharedArrayBuffer,
  symbols: number,
  intervalMs: number,
): ScoreHistory {
  requireBytes(buffer, scoreHistoryBytes(symbols), 'score history');
  const times = new Float64Array(buffer, 0, SCORE_ROWS * symbols);
  const scores = new Float64Array(buffer, 8 * SCORE_ROWS * symbols);
  const place = (symbol: number, openTimeMs: number): number =>
    symbol * SCORE_ROWS + scorePlace(openTimeMs, intervalMs);
  return {
    write(symbol, openTimeMs, score) {
      const at = place(symbol, openTimeMs);
      if (times[at]! > openTimeMs) return;
      scores[at] = score;
      times[at] = openTimeMs;
    },
    read(lastOpenTimeMs, out) {
      let rows = 0;
      for (let age = SCORE_ROWS - 1; age >= 0; age--) {
        const openTimeMs = lastOpenTimeMs - age * intervalMs;
        if (openTimeMs <= 0) continue;
        let present = 0;
        for (let symbol = 0; symbol < symbols; symbol++) {
          const at = place(symbol, openTimeMs);
          const known = times[at] === openTimeMs && Number.isFinite(scores[at]!);
          out[rows * symbols + symbol] = known ? scores[at]! : Number.NaN;
          if (known) present++;
        }
        if (present > 0 || rows > 0) rows++;
      }
      return rows;
    },
    copyOut(symbol, lastOpenTimeMs, outTimes, outScores) {
      const start = symbol * SCORE_ROWS;
      for (let row = 0; row < SCORE_ROWS; row++) {
        const kept = times[start + row]! <= lastOpenTimeMs;
        outTimes[row] = kept ? times[start + row]! : 0;
        outScores[row] = kept && times[start + row]! > 0 ? scores[start + row]! : Number.NaN;
      }
    },
    copyIn(symbol, inTimes, inScores) {
      times.set(inTimes, symbol * SCORE_ROWS);
      scores.set(inScores, symbol * SCORE_ROWS);
    },
  };
}
