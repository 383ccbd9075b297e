/**
 * The comparison methods, from past returns alone: historical simulation, filtered historical simulation and
 * the RiskMetrics normal law. They exist to be compared with, and keep their usual conventions.
 *
 *   hist   the book's profit and loss over every run of `steps` past bars, at its empirical quantile;
 *   fhs    the same over runs of returns divided by their own EWMA volatility, times today's volatility;
 *   param  normal with EWMA(0.94) variance; over several steps the variance grows by their number, as
 *          RiskMetrics (1996) defines it. This is the one place that scales by the square root of time.
 *
 * Bounds are order statistics of the binomial band (hist, fhs) or the normal band of a volatility estimated
 * from (1 + d) / (1 - d) effective bars (param). There is no posterior here and no spread between models.
 * Units: log returns in, currency out, losses positive. Shapes: returns T x A row-major, exposures A.
 */
import { normalPdf, normalQuantile } from '#math/special-functions.ts';
import type { RiskEstimate } from './risk-answer.ts';
import type { RiskMethod } from './risk-query.ts';

const DECAY = 0.94;
const EFFECTIVE_BARS = (1 + DECAY) / (1 - DECAY);
const WARM_UP = 20;

export type ComparisonMethod = Exclude<RiskMethod, 'bayes' | 'stressed'>;

export interface HistoryLevel {
  readonly var: RiskEstimate;
  readonly es: RiskEstimate;
}

export interface PastReturns {
  readonly length: number;
  readonly logReturns: Float64Array;
  readonly exposures: Float64Array;
}

/** Fewest runs from which an empirical tail is read. */
export const LEAST_RUNS = 100;

/** Undefined where there are too few past returns. */
export function historyRisk(
  method: ComparisonMethod,
  past: PastReturns,
  steps: number,
  confidence: number,
  credibleMass: number,
): HistoryLevel | undefined {
  if (past.length - steps + 1 < LEAST_RUNS) return undefined;
  if (method === 'param') return parametric(past, steps, confidence, credibleMass);
  const pnl = method === 'hist' ? historicalRuns(past, steps) : filteredRuns(past, steps);
  return empirical(pnl.sort(), 1 - confidence, credibleMass);
}

function historicalRuns({ length, logReturns, exposures }: PastReturns, steps: number): Float64Array {
  const symbols = exposures.length;
  const pnl = new Float64Array(length - steps + 1);
  for (let a = 0; a < symbols; a++) {
    let sum = 0;
    for (let t = 0; t < length; t++) {
      sum += logReturns[t * symbols + a]!;
      if (t >= steps) sum -= logReturns[(t - steps) * symbols + a]!;
      if (t >= steps - 1) pnl[t - steps + 1]! += exposures[a]! * Math.expm1(sum);
    }
  }
  return pnl;
}

/** One-bar profit and loss of the book as it stands. */
function bookSeries({ length, logReturns, exposures }: PastReturns): Float64Array {
  const symbols = exposures.length;
  return Float64Array.from({ length }, (_, t) => {
    let sum = 0;
    for (let a = 0; a < symbols; a++) sum += exposures[a]! * Math.expm1(logReturns[t * symbols + a]!);
    return sum;
  });
}

/** Volatility before each bar and, at the end, the one that holds now. */
function ewmaVolatility(series: Float64Array): Float64Array {
  const warm = Math.min(WARM_UP, series.length);
  const volatility = new Float64Array(series.length + 1);
  let variance = 0;
  for (let t = 0; t < warm; t++) variance += series[t]! ** 2 / warm;
  for (let t = 0; t < series.length; t++) {
    volatility[t] = Math.sqrt(variance);
    variance = DECAY * variance + (1 - DECAY) * series[t]! ** 2;
  }
  volatility[series.length] = Math.sqrt(variance);
  return volatility;
}

function filteredRuns(past: PastReturns, steps: number): Float64Array {
  const series = bookSeries(past);
  const volatility = ewmaVolatility(series);
  const now = volatility[series.length]!;
  const standard = series.map((value, t) => (volatility[t]! > 0 ? value / volatility[t]! : 0));
  return Float64Array.from({ length: series.length - steps + 1 }, (_, t) => {
    let sum = 0;
    for (let step = 0; step < steps; step++) sum += standard[t + step]!;
    return now * sum;
  });
}

function parametric(
  past: PastReturns,
  steps: number,
  confidence: number,
  credibleMass: number,
): HistoryLevel {
  const series = bookSeries(past);
  const volatility = ewmaVolatility(series)[series.length]! * Math.sqrt(steps);
  const z = normalQuantile(confidence);
  const band = normalQuantile(0.5 + credibleMass / 2) / Math.sqrt(2 * EFFECTIVE_BARS);
  const around = (estimate: number): RiskEstimate => ({
    estimate,
    lower: estimate * Math.max(1 - band, 0),
    upper: estimate * (1 + band),
    modelLower: estimate,
    modelUpper: estimate,
    stdError: 0,
  });
  return { var: around(volatility * z), es: around((volatility * normalPdf(z)) / (1 - confidence)) };
}

/** VaR and ES of a sorted sample, with order statistics for bounds. */
export function empirical(sorted: Float64Array, tail: number, credibleMass: number): HistoryLevel {
  const n = sorted.length;
  const deviation = Math.sqrt(n * tail * (1 - tail));
  const reach = normalQuantile(0.5 + credibleMass / 2) * deviation;
  const at = tailAt(sorted, n * tail);
  const worse = tailAt(sorted, n * tail - reach);
  const better = tailAt(sorted, n * tail + reach);
  const oneWorse = tailAt(sorted, n * tail - deviation);
  const oneBetter = tailAt(sorted, n * tail + deviation);
  const around = (measure: 'quantile' | 'mean'): RiskEstimate => ({
    estimate: -at[measure],
    lower: Math.min(-better[measure], -at[measure]),
    upper: Math.max(-worse[measure], -at[measure]),
    modelLower: -at[measure],
    modelUpper: -at[measure],
    stdError: (oneBetter[measure] - oneWorse[measure]) / 2,
  });
  return { var: around('quantile'), es: around('mean') };
}

/** The order statistic that a mass of observations reaches, and the mean below it, the atom in part. */
function tailAt(sorted: Float64Array, mass: number): { quantile: number; mean: number } {
  const held = Math.min(Math.max(mass, 1e-9), sorted.length);
  const rank = Math.min(Math.max(Math.ceil(held - 1e-9), 1), sorted.length);
  const quantile = sorted[rank - 1]!;
  let sum = (held - rank + 1) * quantile;
  for (let i = 0; i < rank - 1; i++) sum += sorted[i]!;
  return { quantile, mean: sum / held };
}
