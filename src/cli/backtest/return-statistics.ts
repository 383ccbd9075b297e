/**
 * The forecast returns described: what kind of series the tests below were taken on.
 * Units: percent, but for skewness, excess kurtosis and the autocorrelation of absolute returns.
 */
import {
  mean,
  quantileSorted,
  sampleCorrelation,
  sampleKurtosis,
  sampleSkewness,
  standardDeviation,
} from 'simple-statistics';
import type { Table } from './summary-table.ts';

const FEWEST = 5;

export function returnTable(outcome: Float64Array): Table {
  const values = Array.from(outcome, (value) => 100 * value);
  const sorted = values.toSorted((left, right) => left - right);
  const moves = values.map(Math.abs);
  const varied = values.length >= FEWEST && sorted[0] !== sorted.at(-1);
  const figure = (compute: () => number) => {
    const value = varied ? compute() : Number.NaN;
    return Number.isFinite(value) ? value.toFixed(3) : '-';
  };
  return {
    title: `Returns of the ${values.length} forecast bars, in percent`,
    header: [
      '',
      'mean',
      'deviation',
      'skewness',
      'excess kurtosis',
      'lowest',
      '1 %',
      'median',
      '99 %',
      'highest',
      '|r| autocorrelation',
    ],
    rows: [
      [
        'returns',
        figure(() => mean(values)),
        figure(() => standardDeviation(values)),
        figure(() => sampleSkewness(values)),
        figure(() => sampleKurtosis(values)),
        figure(() => sorted[0]!),
        figure(() => quantileSorted(sorted, 0.01)),
        figure(() => quantileSorted(sorted, 0.5)),
        figure(() => quantileSorted(sorted, 0.99)),
        figure(() => sorted.at(-1)!),
        figure(() => sampleCorrelation(moves.slice(1), moves.slice(0, -1))),
      ],
    ],
  };
}
