/**
 * The one-step marginal: the posterior predictive mixture inverted, without simulation.
 *
 * The distribution functions of the pool and of each member are evaluated at some 80 outcomes spread evenly
 * in normal score, summed over every component that weighs anything, and inverted by Hermite cubics.
 *
 * Flow: posterior/predictive-mixture -> here -> measure/marginal-table. Units: log returns.
 */
import { normalCdf, normalPdf, normalQuantile } from '#math/special-functions.ts';
import type { PredictiveMixture } from '../posterior/predictive-mixture.ts';
import { quantileKnots } from './draw-knots.ts';
import { type InverseNodes, tabulateInverse } from './hermite-inverse.ts';
import { drawOrder, fillParticleErrors } from './marginal-draws.ts';
import {
  completeMarginal,
  DRAWS,
  Header,
  MAX_MODELS,
  MarginalKind,
  type MarginalTable,
} from './marginal-table.ts';
import {
  component,
  type TailsAt,
  type TwoPieceStudent,
  twoPieceQuantile,
  twoPieceTails,
} from './mixture-cdf.ts';
import { effectiveComponents, stratifiedComponents } from './mixture-sample.ts';
import { COARSE_KNOTS, FINE_KNOTS, SCORE_LIMIT } from './score-grid.ts';

/** Components lighter than this are left out; together they weigh less than 1e-7. */
const LIGHTEST = 1e-11;
const NODE_STEP = 0.125;
const NODES_A_SIDE = 40;
const FINE_PER_COARSE = (FINE_KNOTS - 1) / (COARSE_KNOTS - 1);

export interface MarginalStamp {
  readonly symbolIndex: number;
  readonly steps: number;
  readonly horizonMs: number;
  readonly lastOpenTimeMs: number;
  readonly seed: number;
}

export interface Selection {
  readonly laws: readonly TwoPieceStudent[];
  readonly weight: Float64Array;
  readonly model: Uint8Array;
}

function select(mixture: PredictiveMixture): Selection {
  const kept: number[] = [];
  for (let k = 0; k < mixture.size; k++) if (mixture.weight[k]! > LIGHTEST) kept.push(k);
  return {
    laws: kept.map((k) => component(mixture, k)),
    weight: Float64Array.from(kept, (k) => mixture.weight[k]!),
    model: Uint8Array.from(kept, (k) => mixture.model[k]!),
  };
}

/** A law in the middle of the mixture, used only to place the nodes. */
function middle({ laws, weight }: Selection): TwoPieceStudent {
  let location = 0;
  let logScale = 0;
  let inverseNu = 0;
  let logSkew = 0;
  let total = 0;
  laws.forEach((law, k) => {
    const w = weight[k]!;
    total += w;
    location += w * law.location;
    logScale += w * Math.log(law.scale);
    inverseNu += w / law.nu;
    logSkew += w * Math.log(law.skew);
  });
  return {
    location: location / total,
    scale: Math.exp(logScale / total),
    nu: total / inverseNu,
    skew: Math.exp(logSkew / total),
    row: undefined,
  };
}

/** Sums of lower mass, upper mass and density at each node, for each member (rows 0..) and the pool (last). */
interface NodeSums {
  readonly outcome: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly density: Float64Array;
}

const POOL = MAX_MODELS;

function evaluate(selection: Selection, outcome: Float64Array): NodeSums {
  const size = outcome.length;
  const lower = new Float64Array((MAX_MODELS + 1) * size);
  const upper = new Float64Array((MAX_MODELS + 1) * size);
  const density = new Float64Array((MAX_MODELS + 1) * size);
  const at: TailsAt = { lower: 0, upper: 0, density: 0 };
  selection.laws.forEach((law, k) => {
    const weight = selection.weight[k]!;
    if (!(weight > 0)) return;
    const row = selection.model[k]! * size;
    for (let j = 0; j < size; j++) {
      twoPieceTails(outcome[j]!, law, at);
      lower[row + j]! += weight * at.lower;
      upper[row + j]! += weight * at.upper;
      density[row + j]! += weight * at.density;
    }
  });
  for (let row = 0; row < MAX_MODELS; row++)
    for (let j = 0; j < size; j++) {
      lower[POOL * size + j]! += lower[row * size + j]!;
      upper[POOL * size + j]! += upper[row * size + j]!;
      density[POOL * size + j]! += density[row * size + j]!;
    }
  return { outcome, lower, upper, density };
}

/** Strictly ascending (score, outcome, slope) nodes of one row; undefined where the row has no mass. */
function nodesOf(sums: NodeSums, row: number): InverseNodes | undefined {
  const size = sums.outcome.length;
  const start = row * size;
  const mass = sums.lower[start]! + sums.upper[start]!;
  if (!(mass > 0)) return undefined;
  const score = new Float64Array(size);
  const outcome = new Float64Array(size);
  const slope = new Float64Array(size);
  let used = 0;
  for (let j = 0; j < size; j++) {
    const lower = sums.lower[start + j]! / mass;
    const upper = sums.upper[start + j]! / mass;
    const z = lower < upper ? normalQuantile(lower) : -normalQuantile(upper);
    if (!Number.isFinite(z) || (used > 0 && z - score[used - 1]! < 1e-9)) continue;
    score[used] = z;
    outcome[used] = sums.outcome[j]!;
    slope[used++] = normalPdf(z) / Math.max(sums.density[start + j]! / mass, 1e-300);
  }
  return used > 1 ? { size: used, score, outcome, slope } : undefined;
}

/** Outcomes spread evenly in the middle law's score, then outwards until the pool's score passes the grid. */
function placeNodes(selection: Selection): Float64Array {
  const centre = middle(selection);
  const inner = Float64Array.from({ length: 2 * NODES_A_SIDE + 1 }, (_, j) => {
    const z = (j - NODES_A_SIDE) * NODE_STEP;
    return twoPieceQuantile(normalCdf(z), normalCdf(-z), centre);
  });
  const at: TailsAt = { lower: 0, upper: 0, density: 0 };
  const beyond = (x: number, side: 'lower' | 'upper'): boolean => {
    let mass = 0;
    selection.laws.forEach((law, k) => {
      twoPieceTails(x, law, at);
      mass += selection.weight[k]! * at[side];
    });
    return mass < normalCdf(-SCORE_LIMIT);
  };
  const left: number[] = [];
  const right: number[] = [];
  const first = inner[0]! - centre.location;
  const last = inner[inner.length - 1]! - centre.location;
  let reach = 1;
  while (!beyond(centre.location + first * reach, 'lower') && reach < 1e6) {
    reach *= 1.25;
    left.unshift(centre.location + first * reach);
  }
  reach = 1;
  while (!beyond(centre.location + last * reach, 'upper') && reach < 1e6) {
    reach *= 1.25;
    right.push(centre.location + last * reach);
  }
  return Float64Array.from([...left, ...inner, ...right]);
}

export function marginalFromMixture(
  mixture: PredictiveMixture,
  stamp: MarginalStamp,
  out: MarginalTable,
): void {
  const selection = select(mixture);
  const sums = evaluate(selection, placeNodes(selection));
  const pool = nodesOf(sums, POOL);
  if (pool === undefined) throw new RangeError('the predictive mixture has no mass');
  out.flat.fill(0);
  out.header[Header.kind] = MarginalKind.exact;
  out.header[Header.steps] = stamp.steps;
  out.header[Header.horizonMs] = stamp.horizonMs;
  out.header[Header.lastOpenTimeMs] = stamp.lastOpenTimeMs;
  out.header[Header.effectiveParticles] = effectiveComponents(mixture);
  tabulateInverse(pool, out.logReturn);
  completeMarginal(out);
  fillModels(mixture, sums, out);
  fillDraws(mixture, stamp, out);
  fillParticleErrors(out);
}

function fillModels(mixture: PredictiveMixture, sums: NodeSums, out: MarginalTable): void {
  const fine = new Float64Array(FINE_KNOTS);
  for (let k = 0; k < mixture.size; k++) {
    out.modelWeight[mixture.model[k]!]! += mixture.weight[k]!;
    out.header[Header.models] = Math.max(out.header[Header.models]!, mixture.model[k]! + 1);
  }
  for (let model = 0; model < MAX_MODELS; model++) {
    const nodes = nodesOf(sums, model);
    if (nodes === undefined) continue;
    tabulateInverse(nodes, fine);
    for (let k = 0; k < COARSE_KNOTS; k++)
      out.models[model * COARSE_KNOTS + k] = Math.expm1(fine[k * FINE_PER_COARSE]!);
  }
}

function fillDraws(mixture: PredictiveMixture, stamp: MarginalStamp, out: MarginalTable): void {
  const chosen = stratifiedComponents(mixture, DRAWS);
  const order = drawOrder(stamp.seed, stamp.symbolIndex);
  for (let b = 0; b < DRAWS; b++) {
    quantileKnots(component(mixture, chosen[order[b]!]!), out.draws, b * COARSE_KNOTS);
  }
  for (let at = 0; at < out.draws.length; at++) out.draws[at] = Math.expm1(out.draws[at]!);
}
