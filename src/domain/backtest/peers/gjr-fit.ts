/**
 * Maximum likelihood for GJR-GARCH-t in an unconstrained space: mean, log of the unconditional variance,
 * logit persistence, logit news share, artanh asymmetry, log(nu - 2). Several starts, the best kept.
 * Returns are scaled to unit sample variance first, so that one set of starts serves every market.
 */
import { type GjrParameters, gjrLogLikelihood } from './gjr-likelihood.ts';
import { minimise } from './nelder-mead.ts';

export interface GjrFit {
  /** In the unit of the returns. */
  readonly parameters: GjrParameters;
  readonly firstVariance: number;
  readonly logLikelihood: number;
}

/** Persistence, news share and degrees of freedom of the starts. */
const STARTS = [
  { persistence: 0.97, share: 0.1, nu: 5 },
  { persistence: 0.85, share: 0.25, nu: 4 },
];
const SEARCH = { step: 0.4, tolerance: 1e-6, maxEvaluations: 900 };
const SMALLEST_VARIANCE = 1e-18;

export function fitGjr(returns: Float64Array): GjrFit {
  const variance = Math.max(sampleVariance(returns), SMALLEST_VARIANCE);
  const scale = Math.sqrt(variance);
  const scaled = returns.map((value) => value / scale);
  const mean = scaled.reduce((sum, value) => sum + value, 0) / Math.max(1, scaled.length);
  const objective = (point: Float64Array) => -gjrLogLikelihood(parametersAt(point), scaled, 1);
  const starts = STARTS.map(({ persistence, share, nu }) =>
    Float64Array.of(mean, 0, logit(persistence), logit(share), 0, Math.log(nu - 2)),
  );
  const found = minimise(objective, starts, SEARCH);
  const unit = parametersAt(found.point);
  return {
    parameters: { ...unit, mu: unit.mu * scale, omega: unit.omega * variance },
    firstVariance: variance,
    logLikelihood: -found.value - scaled.length * Math.log(scale),
  };
}

/** Bounds keep the recursion inside the doubles: variance within e^6, persistence below 0.9999, nu in 2.05 to 200. */
function parametersAt(point: Float64Array): GjrParameters {
  const unconditional = Math.exp(Math.min(6, Math.max(-6, point[1]!)));
  const persistence = 0.9999 * logistic(point[2]!);
  const news = persistence * logistic(point[3]!);
  const asymmetry = Math.tanh(point[4]!);
  const nu = 2.05 + Math.exp(Math.min(5.3, Math.max(-8, point[5]!)));
  return {
    mu: point[0]!,
    omega: unconditional * (1 - persistence),
    alpha: news * (1 - asymmetry),
    gamma: 2 * news * asymmetry,
    beta: persistence - news,
    nu,
  };
}

function sampleVariance(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length);
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function logit(p: number): number {
  return Math.log(p / (1 - p));
}
