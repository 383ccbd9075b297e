/**
 * The posterior over the pool for one asset at one bar interval: AssetPosterior on its state's arrays.
 *
 * Flow: observations -> Standardiser -> each model's cloud (fit, or reweight and advance) -> averaging ->
 * predictive mixture. Nothing but `state` survives between calls; the rest is scratch.
 */
import { fastExp } from '#math/fast-exp.ts';
import { createRandom } from '#math/random.ts';
import { shockOf } from './aftershock.ts';
import type { AssetPosterior, FitReport, ModelDiagnostics, PosteriorOptions } from './asset-posterior.ts';
import { updateWeights } from './averaging.ts';
import { createMixture, fillMixture } from './fill-mixture.ts';
import { copyCloud, fitModel } from './fit-model.ts';
import { effectiveSize } from './importance-weights.ts';
import { isIntraday } from './intraday.ts';
import { poolModels, poolShares } from './model-pool.ts';
import type { Observation, ObservationSeries } from './observation.ts';
import type { PredictiveMixture } from './predictive-mixture.ts';
import { recentScores } from './recent-scores.ts';
import { referenceScale } from './reference-scale.ts';
import { simulatePaths } from './simulate-paths.ts';
import { logDensities } from './skewed-student.ts';
import { createStandardBars, type StandardBars } from './standard-bars.ts';
import { Standardiser } from './standardiser.ts';
import {
  createState,
  FELL_BACK,
  FORMAT,
  FORMAT_VERSION,
  INTERVAL,
  LAST_OPEN,
  LAST_SCORE,
  LOG_EVIDENCE,
  MODELS,
  OBSERVED,
  PARETO_K,
  PARTICLES,
  POOL_WEIGHT,
  type PosteriorState,
  posteriorShape,
  SHOCK,
  SINCE_FIT,
  type StateViews,
  viewState,
} from './state-layout.ts';
import type { VolatilityModel } from './volatility-model.ts';

/** Bars whose likelihood a fit uses; older ones only warm up season, scale and averages. */
export const WINDOW = 2000;
/** Share of a short history kept for warming up. */
const WARM_UP_SHARE = 0.05;
/** Likelihood weight kept per bar of age: markets drift, so old bars speak less. */
const DISCOUNT = 0.9995;
/** Last bars of the window on which a fit weighs the members: far past the memory of the averaging. */
const SCORED = 40;
/** Refit when any weighty member's effective share falls below this. */
const LEAST_EFFECTIVE_SHARE = 0.2;

class PoolPosterior implements AssetPosterior {
  readonly options: PosteriorOptions;
  readonly modelIds: readonly string[];
  readonly state: PosteriorState;
  readonly #models: readonly VolatilityModel[];
  readonly #views: StateViews;
  readonly #standardiser: Standardiser;
  readonly #row: StandardBars = createStandardBars(1);
  readonly #lnDensity: Float64Array;
  readonly #scores: Float64Array;
  readonly #weights: Float64Array;
  readonly #shares: Float64Array;
  readonly #mixture: PredictiveMixture;

  constructor(options: PosteriorOptions, state: PosteriorState) {
    this.options = options;
    this.#models = poolModels(options.models);
    this.modelIds = this.#models.map((model) => model.id);
    this.state = state;
    this.#views = viewState(state, options);
    this.#standardiser = new Standardiser(options.intervalMs, this.#views.standardiser);
    const { particles } = options;
    this.#lnDensity = new Float64Array(particles);
    this.#scores = new Float64Array(this.#models.length);
    this.#weights = new Float64Array(this.#models.length);
    this.#shares = poolShares(options.models);
    this.#mixture = createMixture(this.#models.length, particles);
  }

  get observed(): number {
    return this.#views.header[OBSERVED]!;
  }

  get lastOpenTimeMs(): number {
    return this.#views.header[LAST_OPEN]!;
  }

  get needsRefit(): boolean {
    return this.#views.clouds.some(
      (cloud, m) =>
        this.#views.records[m]![POOL_WEIGHT]! > 0.05 &&
        effectiveSize(cloud.weight, cloud.size) < LEAST_EFFECTIVE_SHARE * cloud.size,
    );
  }

  fit(history: ObservationSeries): FitReport {
    const { length } = history;
    if (length < 2) throw new RangeError(`a fit needs 2 observations or more, not ${length}`);
    const bars = this.#standardise(history);
    const from = Math.max(length - WINDOW, Math.floor(WARM_UP_SHARE * Math.min(length, WINDOW)));
    const { header, records, clouds } = this.#views;
    const startVariance = from > 0 ? bars.average40[from - 1]! : Number.NaN;
    const scored = { start: from, from: Math.max(from, length - SCORED), to: length, startVariance };
    const scores = this.#models.map((model, m) => {
      const random = createRandom(this.options.seed, m, length);
      const { particles } = this.options;
      const fitted = fitModel({
        model,
        bars,
        from,
        to: length,
        startVariance,
        discount: DISCOUNT,
        particles,
        random,
      });
      copyCloud(fitted.cloud, clouds[m]!);
      const record = records[m]!;
      record[PARETO_K] = fitted.paretoK;
      record[LOG_EVIDENCE] = fitted.logEvidence;
      record[FELL_BACK] = fitted.fallback ? 1 : 0;
      return recentScores(model, fitted, bars, scored, random);
    });
    this.#weighPool(scores);
    header[FORMAT] = FORMAT_VERSION;
    header[PARTICLES] = this.options.particles;
    header[MODELS] = this.#models.length;
    header[INTERVAL] = this.options.intervalMs;
    header[OBSERVED] = length;
    header[SINCE_FIT] = 0;
    header[SHOCK] = this.#shockOf(bars.y[length - 1]!, bars.average40[length - 2]!);
    header[LAST_OPEN] = history.openTimeMs[length - 1]!;
    const fallbacks = this.#models.filter((_, m) => records[m]![FELL_BACK] === 1).map((model) => model.id);
    return { observations: length, models: this.diagnostics(), fallbacks };
  }

  observe(observation: Observation): void {
    this.#requireFit();
    const { header, records } = this.#views;
    const { openTimeMs, logReturn, realisedVariance, elapsedBars } = observation;
    if (!Number.isFinite(logReturn)) throw new RangeError(`a log return of ${logReturn} is no observation`);
    this.#standardiser.push(openTimeMs, logReturn, realisedVariance, elapsedBars, this.#row, 0);
    header[SHOCK] = this.#shockOf(this.#row.y[0]!, this.#variance());
    this.#models.forEach((model, m) => {
      const score = this.#update(model, m) - this.#row.lnScale[0]!;
      this.#scores[m] = score;
      records[m]![LAST_SCORE] = Number.isFinite(score) ? score : -745;
      this.#weights[m] = records[m]![POOL_WEIGHT]!;
    });
    updateWeights(this.#weights, this.#shares, this.#scores);
    records.forEach((record, m) => {
      record[POOL_WEIGHT] = this.#weights[m]!;
    });
    header[OBSERVED]!++;
    header[SINCE_FIT]!++;
    header[LAST_OPEN] = openTimeMs;
  }

  predictive(): PredictiveMixture {
    this.#requireFit();
    const { clouds, header, records } = this.#views;
    const shares = records.map((record) => record[POOL_WEIGHT]!);
    fillMixture(clouds, shares, Math.exp(this.#nextLnScale()), header[SHOCK]!, this.#mixture);
    return this.#mixture;
  }

  simulate(steps: number, seed: number, out: Float64Array, drawScale?: Float64Array): void {
    this.#requireFit();
    simulatePaths(
      {
        models: this.#models,
        clouds: this.#views.clouds,
        weights: this.#views.records.map((record) => record[POOL_WEIGHT]!),
        standardiser: this.#standardiser,
        lastOpenTimeMs: this.lastOpenTimeMs,
        shock: this.#views.header[SHOCK]!,
        intervalMs: this.options.intervalMs,
      },
      steps,
      createRandom(this.options.seed, seed, this.observed, this.lastOpenTimeMs),
      out,
      drawScale,
    );
  }

  diagnostics(): readonly ModelDiagnostics[] {
    return this.#models.map((model, m) => {
      const record = this.#views.records[m]!;
      const cloud = this.#views.clouds[m]!;
      return {
        model: model.id,
        weight: record[POOL_WEIGHT]!,
        ess: effectiveSize(cloud.weight, cloud.size),
        paretoK: record[PARETO_K]!,
        logEvidence: record[LOG_EVIDENCE]!,
        lastLogScore: record[LAST_SCORE]!,
      };
    });
  }

  /** Runs the averaging over the scores that the fitted members would have had, from the prior shares. */
  #weighPool(scores: readonly Float64Array[]): void {
    this.#weights.set(this.#shares);
    for (let t = 0; t < scores[0]!.length; t++) {
      for (let m = 0; m < scores.length; m++) this.#scores[m] = scores[m]![t]!;
      updateWeights(this.#weights, this.#shares, this.#scores);
    }
    this.#views.records.forEach((record, m) => {
      record[POOL_WEIGHT] = this.#weights[m]!;
    });
  }

  #standardise(history: ObservationSeries): StandardBars {
    const bars = createStandardBars(history.length);
    this.#standardiser.reset(referenceScale(history, WINDOW));
    for (let t = 0; t < history.length; t++)
      this.#standardiser.push(
        history.openTimeMs[t]!,
        history.logReturn[t]!,
        history.realisedVariance[t]!,
        history.elapsedBars[t]!,
        bars,
        t,
      );
    return bars;
  }

  /** Reweights and advances one cloud; returns the log predictive density of y. */
  #update(model: VolatilityModel, m: number): number {
    const cloud = this.#views.clouds[m]!;
    const { size, weight, variance } = cloud;
    logDensities(cloud, this.#row.y[0]!, this.#lnDensity);
    let top = -Infinity;
    for (let i = 0; i < size; i++) if (this.#lnDensity[i]! > top) top = this.#lnDensity[i]!;
    let sum = 0;
    if (top > -Infinity)
      for (let i = 0; i < size; i++) {
        const relative = this.#lnDensity[i]! - top;
        weight[i]! *= relative > -20 ? fastExp(relative) : Math.exp(relative);
        sum += weight[i]!;
      }
    // Where all densities vanish the bar is no evidence between particles.
    if (sum > 0) for (let i = 0; i < size; i++) weight[i]! /= sum;
    else weight.fill(1 / size);
    for (let i = 0; i < size; i++) variance[i] = model.next(cloud, i, this.#row, 0);
    return top + Math.log(sum);
  }

  #shockOf(y: number, variance: number): number {
    return isIntraday(this.options.intervalMs) ? shockOf(y, variance) : 0;
  }

  /** What the next bar is forecast with, over all members and particles. */
  #variance(): number {
    let sum = 0;
    this.#views.clouds.forEach(({ size, weight, variance }, m) => {
      let own = 0;
      for (let i = 0; i < size; i++) own += weight[i]! * variance[i]!;
      sum += this.#views.records[m]![POOL_WEIGHT]! * own;
    });
    return sum;
  }

  #nextLnScale(): number {
    return this.#standardiser.lnScaleAt(this.lastOpenTimeMs + this.options.intervalMs, 1);
  }

  #requireFit(): void {
    if (this.#views.header[FORMAT] !== FORMAT_VERSION) throw new Error('this posterior has not been fitted');
  }
}

/** A posterior on fresh memory, or attached to a state that an equal set of options wrote. */
export function createAssetPosterior(options: PosteriorOptions, state?: PosteriorState): AssetPosterior {
  const shape = posteriorShape(options);
  const memory = state ?? createState(shape);
  const { moving, constants } = memory;
  if (moving.length !== shape.moving || constants.length !== shape.constants)
    throw new RangeError(
      `a posterior state of ${moving.length} and ${constants.length} floats, expected ${shape.moving} and ${shape.constants}`,
    );
  const written = moving[FORMAT];
  if (written !== 0 && written !== FORMAT_VERSION)
    throw new RangeError(`a posterior state of format ${written}, expected ${FORMAT_VERSION}`);
  if (written !== 0 && (moving[PARTICLES] !== options.particles || moving[INTERVAL] !== options.intervalMs))
    throw new RangeError('a posterior state written under other options');
  return new PoolPosterior(options, memory);
}
