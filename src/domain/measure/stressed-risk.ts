/**
 * Stressed VaR and ES: today's book over the worst year of its own past. Every run of `steps` bars is valued
 * with the book as it stands; a window of a year moves over the runs, and the one with the largest expected
 * shortfall at 97.5 % is the book's worst. All levels are read from that one window, so they are coherent.
 *
 * Where less than a year is kept the window is half of what there is, so that there is something to choose
 * from, and the answer says so. Runs do not cross gaps.
 * Source: the stress period of the Basel market-risk framework (MAR33), on a clock of 365 days.
 *
 * Flow: worker/history-methods -> here. Units: log returns in, currency out, losses positive, times epoch ms.
 * Shapes: returns T x A row-major, oldest first, openTimeMs T.
 */
import { empirical, type HistoryLevel, type PastReturns } from './history-risk.ts';

const YEAR_MS = 365 * 86_400_000;
const WORST_TAIL = 0.025;
/** Fewest runs from which a stressed tail is read. */
export const LEAST_STRESSED_RUNS = 250;

export interface DatedReturns extends PastReturns {
  readonly openTimeMs: readonly number[];
  readonly intervalMs: number;
}

export interface StressWindow {
  /** From the opening of the first bar of the first run to the close of the last. */
  readonly startMs: number;
  readonly endMs: number;
  readonly runs: number;
  /** Where the kept history of the book's symbols begins. */
  readonly historyStartMs: number;
  readonly spansYear: boolean;
}

export interface StressedRisk {
  readonly window: StressWindow;
  readonly levels: readonly HistoryLevel[];
}

interface DatedRuns {
  readonly pnl: Float64Array;
  /** Open time of each run's first bar. */
  readonly startMs: Float64Array;
}

/** Undefined where there are too few runs. */
export function stressedRisk(
  past: DatedReturns,
  steps: number,
  confidences: readonly number[],
  credibleMass: number,
): StressedRisk | undefined {
  const { pnl, startMs } = datedRuns(past, steps);
  const runs = pnl.length;
  if (runs < LEAST_STRESSED_RUNS) return undefined;
  const year = Math.round(YEAR_MS / past.intervalMs);
  const spansYear = runs >= year;
  const size = spansYear ? year : Math.max(Math.floor(runs / 2), LEAST_STRESSED_RUNS);
  const first = worstWindow(pnl, size);
  const sorted = pnl.slice(first, first + size).sort();
  return {
    window: {
      startMs: startMs[first]!,
      endMs: startMs[first + size - 1]! + steps * past.intervalMs,
      runs: size,
      historyStartMs: past.openTimeMs[0]!,
      spansYear,
    },
    levels: confidences.map((confidence) => empirical(sorted, 1 - confidence, credibleMass)),
  };
}

function datedRuns(
  { length, logReturns, exposures, openTimeMs, intervalMs }: DatedReturns,
  steps: number,
): DatedRuns {
  const symbols = exposures.length;
  const pnl: number[] = [];
  const startMs: number[] = [];
  for (let t = steps - 1; t < length; t++) {
    const start = openTimeMs[t - steps + 1]!;
    if (openTimeMs[t]! - start !== (steps - 1) * intervalMs) continue;
    let profit = 0;
    for (let a = 0; a < symbols; a++) {
      let sum = 0;
      for (let s = t - steps + 1; s <= t; s++) sum += logReturns[s * symbols + a]!;
      profit += exposures[a]! * Math.expm1(sum);
    }
    pnl.push(profit);
    startMs.push(start);
  }
  return { pnl: Float64Array.from(pnl), startMs: Float64Array.from(startMs) };
}

/** First run of the window whose worst losses sum to most; the earliest of equals. */
function worstWindow(pnl: Float64Array, size: number): number {
  const sorted = pnl.slice(0, size).sort();
  let worst = 0;
  let worstMean = tailSum(sorted);
  for (let first = 1; first + size <= pnl.length; first++) {
    replaceSorted(sorted, pnl[first - 1]!, pnl[first + size - 1]!);
    const mean = tailSum(sorted);
    if (mean < worstMean) {
      worst = first;
      worstMean = mean;
    }
  }
  return worst;
}

/** Sum below the quantile, its atom in part: the shortfall but for a constant. */
function tailSum(sorted: Float64Array): number {
  const mass = WORST_TAIL * sorted.length;
  const whole = Math.floor(mass);
  let sum = (mass - whole) * sorted[whole]!;
  for (let i = 0; i < whole; i++) sum += sorted[i]!;
  return sum;
}

/** Takes one value out of a sorted array and puts another in. */
function replaceSorted(sorted: Float64Array, out: number, into: number): void {
  const from = lowerBound(sorted, out);
  const to = lowerBound(sorted, into);
  if (to > from) {
    sorted.copyWithin(from, from + 1, to);
    sorted[to - 1] = into;
  } else {
    sorted.copyWithin(to + 1, to, from);
    sorted[to] = into;
  }
}

function lowerBound(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
