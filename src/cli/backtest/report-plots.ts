/**
 * The four pictures of a report: VaR band with exceedances, PIT histogram, pool weights, loss differences.
 */
import type { Comparison } from '#domain/backtest/comparison.ts';
import type { ForecastTrack } from '#domain/backtest/forecast-track.ts';
import { pitHistogram } from '#domain/backtest/pit-uniformity.ts';
import { percentLabel } from './forecast-csv.ts';
import { band, bar, dots, type Frame, line, plot } from './svg-plot.ts';
import { cellMaximum, cellMean, cellMinimum, cellsOf } from './thinned-path.ts';

const WIDTH = 960;
const HEIGHT = 280;
const MOST_POINTS = 480;
const BINS = 20;
/** Half-width of a 90 % interval in normal standard errors. */
const NINETY = 1.645;

export function bandPlot(track: ForecastTrack, level: number, stamps: readonly string[]): string {
  const { outcome } = track;
  const { valueAtRisk, expectedShortfall, confidence } = track.levels[level]!;
  const cells = cellsOf(track.length, MOST_POINTS);
  const percent = (path: readonly number[]) => path.map((value) => 100 * value);
  const low = percent(cellMinimum(cells, outcome));
  const high = percent(cellMaximum(cells, outcome));
  const lossLine = percent(cellMean(cells, valueAtRisk)).map((value) => -value);
  const deepLine = percent(cellMean(cells, expectedShortfall)).map((value) => -value);
  const hits = [...outcome.keys()].filter((t) => -outcome[t]! > valueAtRisk[t]!);
  const frame: Frame = {
    width: WIDTH,
    height: HEIGHT,
    xDomain: [0, Math.max(1, track.length - 1)],
    yDomain: [Math.min(...low, ...deepLine), Math.max(...high, 0)],
    title: `Returns, VaR and ES at ${percentLabel(confidence)} %, ${hits.length} exceedances in ${track.length}`,
    yLabel: 'return %',
    xTicks: timeTicks(stamps),
  };
  return plot(frame, [
    band(frame, cells.middle, low, high, 'returns'),
    line(frame, cells.middle, lossLine, 'series-0'),
    line(frame, cells.middle, deepLine, 'series-1'),
    dots(
      frame,
      hits,
      hits.map((t) => 100 * outcome[t]!),
      'hits',
    ),
  ]);
}

export function pitPlot(track: ForecastTrack): string {
  const shares = pitHistogram(track.pit, BINS);
  const fair = 1 / BINS;
  const margin = NINETY * Math.sqrt((fair * (1 - fair)) / Math.max(1, track.length));
  const frame: Frame = {
    width: WIDTH,
    height: HEIGHT,
    xDomain: [0, 1],
    yDomain: [0, 1.1 * Math.max(...shares, fair + margin)],
    title: `PIT histogram of ${track.name}; the band holds 90 % of correct bins`,
    yLabel: 'share',
    xTicks: [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, text: String(at) })),
  };
  return plot(frame, [
    ...shares.map((share, bin) => bar(frame, bin / BINS, (bin + 1) / BINS, share, 'bars')),
    band(frame, [0, 1], [fair - margin, fair - margin], [fair + margin, fair + margin], 'fair'),
  ]);
}

export function weightPlot(
  names: readonly string[],
  paths: readonly Float64Array[],
  stamps: readonly string[],
): string {
  const length = paths[0]?.length ?? 0;
  const cells = cellsOf(length, MOST_POINTS);
  const frame: Frame = {
    width: WIDTH,
    height: HEIGHT,
    xDomain: [0, Math.max(1, length - 1)],
    yDomain: [0, 1],
    title: `Weights over time: ${names.join(', ')}`,
    yLabel: 'weight',
    xTicks: timeTicks(stamps),
  };
  let below = cells.middle.map(() => 0);
  const layers = paths.map((path, member) => {
    const above = cellMean(cells, path).map((weight, index) => weight + below[index]!);
    const layer = band(frame, cells.middle, below, above, `stack-${member}`);
    below = above;
    return layer;
  });
  return plot(frame, layers);
}

export function lossPlot(comparison: Comparison, stamps: readonly string[]): string {
  const [first, ...others] = comparison.rows;
  const length = first?.cumulative.length ?? 0;
  const cells = cellsOf(length, MOST_POINTS);
  const paths = others.map(({ cumulative }) => cellMean(cells, cumulative));
  const values = paths.flat();
  const frame: Frame = {
    width: WIDTH,
    height: HEIGHT,
    xDomain: [0, Math.max(1, length - 1)],
    yDomain: [Math.min(0, ...values), Math.max(0, ...values)],
    title: `Running sum of FZ0 at ${percentLabel(comparison.confidence)} %: ${first?.name ?? ''} less each peer; falling is better`,
    yLabel: 'FZ0 sum',
    xTicks: timeTicks(stamps),
  };
  return plot(
    frame,
    paths.map((path, index) => line(frame, cells.middle, path, `series-${index}`)),
  );
}

function timeTicks(stamps: readonly string[]): { at: number; text: string }[] {
  return [0.08, 0.36, 0.64, 0.92].flatMap((share) => {
    const at = Math.round(share * (stamps.length - 1));
    const stamp = stamps[at];
    return stamp === undefined ? [] : [{ at, text: readable(stamp) }];
  });
}

/** Epoch milliseconds as a date and hour, everything else as it stood. */
function readable(stamp: string): string {
  return /^\d{12,}$/.test(stamp)
    ? new Date(Number(stamp)).toISOString().slice(0, 16).replace('T', ' ')
    : stamp;
}
