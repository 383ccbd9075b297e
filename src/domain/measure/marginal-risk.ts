/**
 * VaR and expected shortfall of one unit long or short, read from a marginal table, with the three
 * uncertainties apart: the spread of the posterior draws, the spread of the pool's members, and the
 * numerical error. This is the exact path of a one-asset book and the yardstick of every other.
 *
 * A long unit loses in the lower tail of the simple return: VaR = -x(z_a), ES = -(1/a) int_{z<z_a} x phi.
 * A short unit loses in the upper tail: VaR = x(-z_a), ES = (1/a) int_{z>-z_a} x phi.
 * Units: simple return per unit of exposure, losses positive; tail = 1 - confidence.
 */
import { normalPdf, normalQuantile } from '#math/special-functions.ts';
import { readRow } from './marginal-draws.ts';
import { cellMean, DRAWS, Header, type MarginalTable } from './marginal-table.ts';
import {
  FINE_KNOTS,
  FINE_STEP,
  interpolateCoarse,
  interpolateFine,
  lowerTailFunctional,
  SCORE_LIMIT,
  TRUNCATION_PROBABILITY,
} from './score-grid.ts';

/** Members whose weight is below this tell nothing about the spread between models. */
export const MODEL_WEIGHT_FLOOR = 0.02;

export interface UnitRisk {
  readonly valueAtRisk: number;
  readonly shortfall: number;
  /** Numerical standard errors of both. */
  readonly valueAtRiskError: number;
  readonly shortfallError: number;
  /** The same two measures under each posterior draw. */
  readonly drawValueAtRisk: Float64Array;
  readonly drawShortfall: Float64Array;
  /** The same under each pool member of notable weight. */
  readonly modelValueAtRisk: readonly number[];
  readonly modelShortfall: readonly number[];
  /** Indices of those members in the pool. */
  readonly models: readonly number[];
}

/** Integral of x(z) phi(z) over z < score, given Phi and phi there. */
export function partialMeanAt(table: MarginalTable, score: number, cdf: number, pdf: number): number {
  const position = Math.min(Math.max((score + SCORE_LIMIT) / FINE_STEP, 0), FINE_KNOTS - 1);
  const knot = Math.min(Math.floor(position), FINE_KNOTS - 2);
  return table.partialMean[knot]! + cellMean(table.simpleReturn, knot, cdf, pdf);
}

/** The mean simple return of the cut law, its upper atom included. */
export function meanReturn(table: MarginalTable): number {
  const last = FINE_KNOTS - 1;
  return table.partialMean[last]! + table.simpleReturn[last]! * TRUNCATION_PROBABILITY;
}

export function unitRisk(table: MarginalTable, confidence: number, short: boolean): UnitRisk {
  const tail = 1 - confidence;
  const score = normalQuantile(tail);
  const pdf = normalPdf(score);
  const functional = lowerTailFunctional(tail, score);
  const sign = short ? 1 : -1;
  const side = short ? -score : score;
  const valueAtRisk = sign * interpolateFine(table.simpleReturn, side);
  const mean = short
    ? (meanReturn(table) - partialMeanAt(table, -score, confidence, pdf)) / tail
    : partialMeanAt(table, score, tail, pdf) / tail;
  const drawValueAtRisk = new Float64Array(DRAWS);
  const drawShortfall = new Float64Array(DRAWS);
  for (let b = 0; b < DRAWS; b++) {
    drawValueAtRisk[b] = sign * readRow(table.draws, b, functional.quantile, short);
    drawShortfall[b] = sign * readRow(table.draws, b, functional.tailMean, short);
  }
  const models: number[] = [];
  for (let model = 0; model < table.header[Header.models]!; model++)
    if (table.modelWeight[model]! >= MODEL_WEIGHT_FLOOR) models.push(model);
  return {
    valueAtRisk,
    shortfall: Math.max(sign * mean, valueAtRisk),
    valueAtRiskError: interpolateCoarse(table.quantileError, side),
    shortfallError: interpolateCoarse(short ? table.upperMeanError : table.lowerMeanError, side),
    drawValueAtRisk,
    drawShortfall,
    modelValueAtRisk: models.map((m) => sign * readRow(table.models, m, functional.quantile, short)),
    modelShortfall: models.map((m) => sign * readRow(table.models, m, functional.tailMean, short)),
    models,
  };
}
