/**
 * One marginal law, tabulated: the predictive distribution of one symbol's return over one horizon, its
 * posterior draws and its pool members, as views over one flat Float64Array that may lie in shared memory.
 *
 * Flow: posterior -> marginal-exact | marginal-simulated -> here -> measure/marginal-risk, scenario/columns.
 * Units: logReturn in log return, everything else in simple return, p(z) on the grid of score-grid.ts.
 * Shapes: fine rows have FINE_KNOTS entries; models MAX_MODELS x COARSE_KNOTS; draws DRAWS x COARSE_KNOTS.
 */
import {
  COARSE_KNOTS,
  FINE_CDF,
  FINE_KNOTS,
  FINE_PDF,
  FINE_STEP,
  fineScore,
  TRUNCATION_PROBABILITY,
} from './score-grid.ts';

export const MAX_MODELS = 8;
/** Equally weighted posterior draws kept for credible intervals. */
export const DRAWS = 256;
const HEADER = 8;

/** How the table came to be. */
export const MarginalKind = { empty: 0, exact: 1, simulated: 2 } as const;

export const MARGINAL_LENGTH =
  HEADER + MAX_MODELS + 3 * FINE_KNOTS + 3 * COARSE_KNOTS + (MAX_MODELS + DRAWS) * COARSE_KNOTS;

export interface MarginalTable {
  /** kind, steps, horizon in ms, effective particles, last bar's open time, models in use. */
  readonly header: Float64Array;
  readonly modelWeight: Float64Array;
  readonly logReturn: Float64Array;
  readonly simpleReturn: Float64Array;
  /** Integral of simpleReturn(z) phi(z) from minus infinity to each knot. */
  readonly partialMean: Float64Array;
  /** Standard error of the quantile at coarse knots, then of the lower and of the upper tail mean. */
  readonly quantileError: Float64Array;
  readonly lowerMeanError: Float64Array;
  readonly upperMeanError: Float64Array;
  readonly models: Float64Array;
  readonly draws: Float64Array;
  /** The whole, for copying. */
  readonly flat: Float64Array;
}

export const Header = {
  kind: 0,
  steps: 1,
  horizonMs: 2,
  effectiveParticles: 3,
  lastOpenTimeMs: 4,
  models: 5,
} as const;

export function attachMarginal(flat: Float64Array): MarginalTable {
  if (flat.length !== MARGINAL_LENGTH)
    throw new RangeError(`a marginal needs ${MARGINAL_LENGTH} floats, not ${flat.length}`);
  let offset = 0;
  const take = (length: number): Float64Array => {
    offset += length;
    return flat.subarray(offset - length, offset);
  };
  return {
    header: take(HEADER),
    modelWeight: take(MAX_MODELS),
    logReturn: take(FINE_KNOTS),
    simpleReturn: take(FINE_KNOTS),
    partialMean: take(FINE_KNOTS),
    quantileError: take(COARSE_KNOTS),
    lowerMeanError: take(COARSE_KNOTS),
    upperMeanError: take(COARSE_KNOTS),
    models: take(MAX_MODELS * COARSE_KNOTS),
    draws: take(DRAWS * COARSE_KNOTS),
    flat,
  };
}

export function createMarginal(): MarginalTable {
  return attachMarginal(new Float64Array(MARGINAL_LENGTH));
}

/** Fills the simple returns and their partial means from the log returns. */
export function completeMarginal(table: MarginalTable): void {
  const { logReturn, simpleReturn, partialMean } = table;
  for (let k = 0; k < FINE_KNOTS; k++) {
    if (!Number.isFinite(logReturn[k]!)) throw new RangeError(`marginal knot ${k} is not finite`);
    simpleReturn[k] = Math.expm1(logReturn[k]!);
  }
  partialMean[0] = simpleReturn[0]! * TRUNCATION_PROBABILITY;
  for (let k = 1; k < FINE_KNOTS; k++)
    partialMean[k] = partialMean[k - 1]! + cellMean(simpleReturn, k - 1, FINE_CDF[k]!, FINE_PDF[k]!);
}

/**
 * Integral of the line through knots k and k + 1 against phi, from knot k to a point with the given cdf and
 * pdf: with x(z) = a + b z it is a dPhi - b dphi.
 */
export function cellMean(table: Float64Array, knot: number, cdf: number, pdf: number): number {
  const slope = (table[knot + 1]! - table[knot]!) / FINE_STEP;
  const level = table[knot]! - slope * fineScore(knot);
  return level * (cdf - FINE_CDF[knot]!) - slope * (pdf - FINE_PDF[knot]!);
}

/** The normal score of an outcome: z with x(z) = logReturn, within the grid's limits. */
export function scoreOf(table: MarginalTable, logReturn: number): number {
  const { logReturn: knots } = table;
  if (!(logReturn > knots[0]!)) return fineScore(0);
  if (logReturn >= knots[FINE_KNOTS - 1]!) return fineScore(FINE_KNOTS - 1);
  let low = 0;
  let high = FINE_KNOTS - 1;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (knots[middle]! <= logReturn) low = middle;
    else high = middle;
  }
  const width = knots[high]! - knots[low]!;
  return fineScore(low) + (width > 0 ? (logReturn - knots[low]!) / width : 0.5) * FINE_STEP;
}
