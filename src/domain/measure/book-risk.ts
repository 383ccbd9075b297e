/**
 * VaR and expected shortfall of a linear book over one horizon, at several confidences.
 *
 * One symbol: exactly from its marginal. Several: joint scenarios, post-stratified on the book's elliptical
 * proxy, with Euler components and posterior intervals. Everything is computed for the book scaled to one
 * unit of gross exposure and scaled back, so a larger book has exactly proportionate risk.
 *
 * Flow: scenario/return-column, measure/marginal-table -> here -> engine (RiskResult).
 * Units: exposures in the account currency (signed), losses positive. Shapes: A symbols, S scenarios.
 */
import { GROUP_POINTS, GROUPS, SCENARIOS } from '../scenario/lattice.ts';
import { type BookProxy, bookProxy } from './book-proxy.ts';
import { eulerComponents } from './contribution.ts';
import { type UnitRisk, unitRisk } from './marginal-risk.ts';
import type { MarginalTable } from './marginal-table.ts';
import { type ColumnSum, profitAndLoss } from './profit-and-loss.ts';
import type { RiskEstimate } from './risk-answer.ts';
import { countCells, createStrata, type Strata, weighStrata } from './strata.ts';
import { exactTailGroups, jointTailGroups, type TailGroup } from './tail-groups.ts';
import { type TailPass, tailPass } from './tail-pass.ts';
import { estimateWith } from './uncertainty.ts';
import {
  createTailScratch,
  orderTail,
  readTail,
  type TailReading,
  type TailScratch,
} from './weighted-tail.ts';

/**
 * Relative errors above which a second pass is made. The one of ES is half of what answers promise: where the proxy
 * explains a book it is far smaller, elsewhere larger, so it tells the two apart though eight groups know an error
 * to a quarter.
 */
const PRECISE_VAR = 0.005;
const PRECISE_ES = 0.0025;
/** The one confidence that decides it, so that levels of one book never come from different passes. */
const JUDGED = 0.99;

/** One symbol of a book with all that its joint valuation needs. */
export interface BookLeg {
  readonly exposure: number;
  readonly marginal: MarginalTable;
  readonly returns: Float32Array;
  readonly elliptical: Float32Array;
}

export interface Book {
  readonly legs: readonly BookLeg[];
  /** Correlation of the legs' elliptical values, A x A, and the copula's degrees of freedom. */
  readonly correlation: Float64Array;
  readonly nu: number;
  /** Of the second pass, made where the first one is not precise; none without a seed. */
  readonly seed?: number;
}

export interface LevelRisk {
  readonly confidence: number;
  readonly var: RiskEstimate;
  readonly es: RiskEstimate;
  readonly componentVar: Float64Array;
  readonly componentEs: Float64Array;
  /** Where groups were asked for. */
  readonly tail?: readonly TailGroup[];
}

export interface BookScratch {
  readonly pnl: Float64Array;
  readonly control: Float64Array;
  readonly sum: ColumnSum;
  readonly strata: Strata;
  readonly tail: TailScratch;
}

/** Where `lent` is given (scenario/column-memory), sums go there and are made there. */
export function createBookScratch(lent?: Pick<BookScratch, 'pnl' | 'control' | 'sum'>): BookScratch {
  return {
    pnl: lent?.pnl ?? new Float64Array(SCENARIOS),
    control: lent?.control ?? new Float64Array(SCENARIOS),
    sum: lent?.sum ?? profitAndLoss,
    strata: createStrata(SCENARIOS),
    tail: createTailScratch(SCENARIOS),
  };
}

/** Reads one unit of a marginal; callers may cache by (table, confidence, side). */
export type UnitReader = (marginal: MarginalTable, confidence: number, short: boolean) => UnitRisk;

/** Legs of zero exposure must be left out by the caller. Confidences in any order. */
export function bookRisk(
  book: Book,
  confidences: readonly number[],
  credibleMass: number,
  scratch: BookScratch,
  unit: UnitReader = unitRisk,
  tailGroups = 0,
): LevelRisk[] {
  const { legs } = book;
  let gross = 0;
  for (const leg of legs) gross += Math.abs(leg.exposure);
  if (legs.length === 0 || gross === 0) return confidences.map(emptyLevel);
  const weights = Float64Array.from(legs, (leg) => leg.exposure / gross);
  const second = legs.length > 1 ? prepare(book, weights, confidences, scratch) : undefined;
  const returns = second?.columns ?? legs.map((leg) => leg.returns);
  const worst = second?.worst ?? scratch.tail.worst;
  return confidences.map((confidence) => {
    const units = legs.map((leg) => unit(leg.marginal, confidence, leg.exposure < 0));
    const tail = 1 - confidence;
    const [only] = units;
    if (legs.length === 1 && only !== undefined) {
      const componentVar = Float64Array.of(only.valueAtRisk);
      const componentEs = Float64Array.of(only.shortfall);
      return scaled(
        {
          confidence,
          var: estimateWith('valueAtRisk', only.valueAtRisk, componentVar, units, 0, credibleMass),
          es: estimateWith('shortfall', only.shortfall, componentEs, units, 0, credibleMass),
          componentVar,
          componentEs,
          ...(tailGroups > 0 && {
            tail: exactTailGroups(
              tail,
              tailGroups,
              (mass) => unit(legs[0]!.marginal, 1 - mass, legs[0]!.exposure < 0).shortfall,
            ),
          }),
        },
        gross,
      );
    }
    const reading = second?.read(tail) ?? readTail(scratch.strata, worst, tail);
    const parts = eulerComponents(weights, returns, worst, tail, reading);
    const { valueAtRisk, shortfall, valueAtRiskError, shortfallError } = reading;
    return scaled(
      {
        confidence,
        var: estimateWith(
          'valueAtRisk',
          valueAtRisk,
          parts.valueAtRisk,
          units,
          valueAtRiskError,
          credibleMass,
        ),
        es: estimateWith('shortfall', shortfall, parts.shortfall, units, shortfallError, credibleMass),
        componentVar: parts.valueAtRisk,
        componentEs: parts.shortfall,
        ...(tailGroups > 0 && { tail: jointTailGroups(weights, returns, worst, tail, tailGroups) }),
      },
      gross,
    );
  });
}

/** P&L, weights and the ordered tail, deep enough for the lowest confidence; the second pass where it is due. */
function prepare(
  book: Book,
  weights: Float64Array,
  confidences: readonly number[],
  scratch: BookScratch,
): TailPass | undefined {
  const { legs, correlation, nu, seed } = book;
  const marginals = legs.map((leg) => leg.marginal);
  const proxy = bookProxy(weights, marginals, correlation, nu);
  sample(book, weights, proxy, scratch);
  const deepest = 1 - Math.min(...confidences, JUDGED);
  orderTail(scratch.pnl, scratch.strata, deepest, scratch.tail);
  if (seed === undefined || isPrecise(readTail(scratch.strata, scratch.tail.worst, 1 - JUDGED)))
    return undefined;
  return tailPass({ weights, marginals, correlation, nu, seed }, proxy, deepest);
}

function isPrecise(reading: TailReading): boolean {
  return (
    reading.valueAtRiskError < PRECISE_VAR * reading.valueAtRisk &&
    reading.shortfallError < PRECISE_ES * reading.shortfall
  );
}

function sample(book: Book, weights: Float64Array, proxy: BookProxy, scratch: BookScratch): void {
  const returns = book.legs.map((leg) => leg.returns);
  const elliptical = book.legs.map((leg) => leg.elliptical);
  for (let group = 0; group < GROUPS; group++) {
    const from = group * GROUP_POINTS;
    const to = from + GROUP_POINTS;
    scratch.sum(weights, returns, scratch.pnl, from, to);
    scratch.sum(proxy.weights, elliptical, scratch.control, from, to);
    countCells(scratch.control, proxy.scale, group, scratch.strata);
  }
  weighStrata(proxy.scale, book.nu, scratch.strata);
}

function scaledEstimate(estimate: RiskEstimate, factor: number): RiskEstimate {
  return {
    estimate: estimate.estimate * factor,
    lower: estimate.lower * factor,
    upper: estimate.upper * factor,
    modelLower: estimate.modelLower * factor,
    modelUpper: estimate.modelUpper * factor,
    stdError: estimate.stdError * factor,
  };
}

function scaled(level: LevelRisk, factor: number): LevelRisk {
  return {
    confidence: level.confidence,
    var: scaledEstimate(level.var, factor),
    es: scaledEstimate(level.es, factor),
    componentVar: level.componentVar.map((part) => part * factor),
    componentEs: level.componentEs.map((part) => part * factor),
    ...(level.tail !== undefined && {
      tail: level.tail.map(({ probability, loss, parts }) => ({
        probability,
        loss: loss * factor,
        parts: parts.map((part) => part * factor),
      })),
    }),
  };
}

function emptyLevel(confidence: number): LevelRisk {
  const nothing = { estimate: 0, lower: 0, upper: 0, modelLower: 0, modelUpper: 0, stdError: 0 };
  const none = new Float64Array(0);
  return { confidence, var: nothing, es: nothing, componentVar: none, componentEs: none };
}
