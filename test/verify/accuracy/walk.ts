/**
 * Walks one series strictly out of sample: the pool, each of its members alone, and the four peers, every
 * forecast fixed before its outcome is seen. Fits use the last WINDOW observations before a block of REFIT.
 * Units: FZ0 on percent log returns; hits are counts.
 */
import { type Forecaster, observationAt, sliceSeries } from '#domain/backtest/forecaster.ts';
import { fz0Path } from '#domain/backtest/fz0-loss.ts';
import type { AssetPosterior, PosteriorOptions } from '#domain/posterior/asset-posterior.ts';
import { createMixtureLaw } from '#domain/posterior/mixture-law.ts';
import type { ObservationSeries } from '#domain/posterior/observation.ts';
import { createAssetPosterior } from '#domain/posterior/pool-posterior.ts';
import type { PredictiveMixture } from '#domain/posterior/predictive-mixture.ts';

export const PROBABILITIES = [0.01, 0.025, 0.05] as const;
const REFIT = 100;
const WINDOW = 2000;

export interface Track {
  readonly name: string;
  readonly valueAtRisk: Float64Array[];
  readonly expectedShortfall: Float64Array[];
  readonly pit: Float64Array;
}

export interface Walk {
  readonly outcome: Float64Array;
  readonly tracks: readonly Track[];
  readonly weights: readonly number[];
  readonly seconds: number;
}

function createTrack(name: string, length: number): Track {
  const columns = (): Float64Array[] => PROBABILITIES.map(() => new Float64Array(length));
  return { name, valueAtRisk: columns(), expectedShortfall: columns(), pit: new Float64Array(length) };
}

export function firstForecast(series: ObservationSeries, most: number): number {
  const { length } = series;
  return length - Math.min(most, Math.max(length - 1000, Math.floor(length / 2)));
}

function record(track: Track, at: number, mixture: PredictiveMixture, outcome: number): void {
  const law = createMixtureLaw(mixture);
  PROBABILITIES.forEach((p, level) => {
    track.valueAtRisk[level]![at] = -law.quantile(p);
    track.expectedShortfall[level]![at] = law.expectedShortfall(p);
  });
  track.pit[at] = law.pit(outcome);
}

/** The part of a mixture that belongs to one member of the pool. */
function memberOf(mixture: PredictiveMixture, member: number): PredictiveMixture {
  const from = mixture.model.indexOf(member);
  const to = mixture.model.lastIndexOf(member) + 1;
  const cut = (column: Float64Array): Float64Array => column.subarray(from, to);
  return {
    size: to - from,
    weight: cut(mixture.weight),
    location: cut(mixture.location),
    scale: cut(mixture.scale),
    nu: cut(mixture.nu),
    skew: cut(mixture.skew),
    model: mixture.model.subarray(from, to),
  };
}

export function walkPool(
  series: ObservationSeries,
  options: PosteriorOptions,
  most: number,
  withMembers: boolean,
): Walk {
  const started = performance.now();
  const first = firstForecast(series, most);
  const count = series.length - first;
  const pool = createTrack('pool', count);
  const blank = createAssetPosterior(options);
  const members = withMembers ? blank.modelIds.map((id) => createTrack(id, count)) : [];
  const weights = blank.modelIds.map(() => 0);
  let posterior: AssetPosterior = blank;
  for (let t = first; t < series.length; t++) {
    if ((t - first) % REFIT === 0) {
      posterior = createAssetPosterior(options);
      posterior.fit(sliceSeries(series, Math.max(0, t - WINDOW), t));
    }
    const mixture = posterior.predictive();
    const at = t - first;
    record(pool, at, mixture, series.logReturn[t]!);
    members.forEach((track, m) => {
      record(track, at, memberOf(mixture, m), series.logReturn[t]!);
    });
    posterior.diagnostics().forEach((one, m) => {
      weights[m]! += one.weight / count;
    });
    posterior.observe(observationAt(series, t));
  }
  return {
    outcome: series.logReturn.slice(first, series.length),
    tracks: [pool, ...members],
    weights,
    seconds: (performance.now() - started) / 1000,
  };
}

export function walkPeers(series: ObservationSeries, peers: readonly Forecaster[], most: number): Track[] {
  const first = firstForecast(series, most);
  const count = series.length - first;
  const quantile = new Float64Array(PROBABILITIES.length);
  const tailMean = new Float64Array(PROBABILITIES.length);
  return peers.map((peer) => {
    const track = createTrack(peer.name, count);
    for (let t = first; t < series.length; t++) {
      if ((t - first) % REFIT === 0) peer.fit(sliceSeries(series, Math.max(0, t - WINDOW), t));
      peer.tail(PROBABILITIES, quantile, tailMean);
      PROBABILITIES.forEach((_, level) => {
        track.valueAtRisk[level]![t - first] = -quantile[level]!;
        track.expectedShortfall[level]![t - first] = -tailMean[level]!;
      });
      track.pit[t - first] = peer.cdf(series.logReturn[t]!);
      peer.observe(observationAt(series, t));
    }
    return track;
  });
}

/** FZ0 of each forecast. */
export function fz0Losses(track: Track, outcome: Float64Array, level: number): Float64Array {
  const { valueAtRisk, expectedShortfall } = track;
  return fz0Path(outcome, valueAtRisk[level]!, expectedShortfall[level]!, PROBABILITIES[level]!, 100).losses;
}

export function meanFz0(track: Track, outcome: Float64Array, level: number): number {
  return fz0Losses(track, outcome, level).reduce((sum, loss) => sum + loss, 0) / outcome.length;
}
