/**
 * How many independent trials a table of exceedances is worth, measured from the table itself: books of one
 * hour share their market, and hours follow one another in clusters.
 * Shapes: hits[hour][book] of 0 and 1; `starts` are the hours at which a stretch begins.
 */
import { binomialTest } from '#domain/backtest/binomial-test.ts';

/** Lags over which clustering is looked for: what is further apart is taken for independent. */
const LAGS = 6;

export interface Evidence {
  readonly share: number;
  /** Independent trials with the variance that the share was seen to have. */
  readonly trials: number;
  readonly pValue: number;
}

/** Long-run over plain variance of a series about `centre`, Bartlett weights, within stretches only. */
function inflation(series: readonly number[], centre: number, starts: ReadonlySet<number>): number {
  let plain = 0;
  let between = 0;
  for (let t = 0; t < series.length; t++) {
    plain += (series[t]! - centre) ** 2;
    for (let lag = 1; lag <= LAGS && t - lag >= 0; lag++) {
      if (starts.has(t - lag + 1)) break;
      between += 2 * (1 - lag / (LAGS + 1)) * (series[t]! - centre) * (series[t - lag]! - centre);
    }
  }
  return plain > 0 ? (plain + between) / plain : 1;
}

function judged(share: number, trials: number, tail: number): Evidence {
  const whole = Math.max(Math.round(trials), 1);
  return { share, trials: whole, pValue: binomialTest(Math.round(share * whole), whole, tail).pValue ?? 1 };
}

/** Of each book: the clustering that all books show together tells how many hours are independent. */
export function bookEvidence(
  hits: readonly (readonly number[])[],
  tail: number,
  starts: ReadonlySet<number>,
): Evidence[] {
  const books = hits[0]!.length;
  const columns = Array.from({ length: books }, (_, book) => hits.map((row) => row[book]!));
  const common = columns.reduce((sum, column) => sum + inflation(column, tail, starts), 0) / books;
  return columns.map((column) => {
    const share = column.reduce((sum, hit) => sum + hit, 0) / column.length;
    return judged(share, column.length / Math.max(common, 1), tail);
  });
}

/** Of all books together: the variance of the hourly share counts what they have in common. */
export function jointEvidence(
  hits: readonly (readonly number[])[],
  tail: number,
  starts: ReadonlySet<number>,
): Evidence {
  const hourly = hits.map((row) => row.reduce((sum, hit) => sum + hit, 0) / row.length);
  const hours = hourly.length;
  const share = hourly.reduce((sum, one) => sum + one, 0) / hours;
  const variance = hourly.reduce((sum, one) => sum + (one - tail) ** 2, 0) / hours;
  const ofMean = (variance * Math.max(inflation(hourly, tail, starts), 1)) / hours;
  return judged(share, (tail * (1 - tail)) / ofMean, tail);
}
