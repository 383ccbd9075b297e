/** Forecasts and their outcomes; both are durable writes. Level lists are JSON text in the table. */
import type { Kysely } from 'kysely';
import type {
  ForecastFilter,
  ForecastOutcome,
  ForecastRow,
  Forecasts,
  ScoredForecast,
} from '../ports/forecasts.ts';
import type { Tables } from '../schema.ts';
import type { SpooledWriter } from '../spool/spooled-writer.ts';
import { chunks, ROWS_PER_INSERT } from './rows.ts';

export async function insertForecasts(db: Kysely<Tables>, rows: readonly ForecastRow[]): Promise<void> {
  for (const part of chunks(rows, ROWS_PER_INSERT))
    await db
      .insertInto('forecasts')
      .values(
        part.map((row) => ({
          ...row,
          confidences: JSON.stringify(row.confidences),
          var: JSON.stringify(row.var),
          es: JSON.stringify(row.es),
          law: JSON.stringify(row.law),
        })),
      )
      .onConflict((conflict) => conflict.doNothing())
      .execute();
}

export async function scoreForecasts(db: Kysely<Tables>, rows: readonly ForecastOutcome[]): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    for (const { symbol, intervalMs, openTimeMs, ...outcome } of rows)
      await transaction
        .updateTable('forecasts')
        .set(outcome)
        .where('symbol', '=', symbol)
        .where('intervalMs', '=', intervalMs)
        .where('openTimeMs', '=', openTimeMs)
        .where('scoredMs', 'is', null)
        .execute();
  });
}

function fromRow({
  confidences,
  var: losses,
  es,
  law,
  scoredMs,
  logReturn,
  pit,
  ...row
}: Tables['forecasts']) {
  return {
    ...row,
    confidences: JSON.parse(confidences) as number[],
    var: JSON.parse(losses) as number[],
    es: JSON.parse(es) as number[],
    law: JSON.parse(law) as number[],
    outcome: { scoredMs, logReturn, pit },
  };
}

export function forecastRepository(db: Kysely<Tables>, writer: SpooledWriter): Forecasts {
  function matching(filter: ForecastFilter) {
    let query = db.selectFrom('forecasts').selectAll();
    if (filter.symbol !== undefined) query = query.where('symbol', '=', filter.symbol);
    if (filter.intervalMs !== undefined) query = query.where('intervalMs', '=', filter.intervalMs);
    if (filter.modelVersion !== undefined) query = query.where('modelVersion', '=', filter.modelVersion);
    if (filter.fromMs !== undefined) query = query.where('openTimeMs', '>=', filter.fromMs);
    return query.limit(filter.limit);
  }
  return {
    issue: (rows) => (rows.length === 0 ? Promise.resolve() : writer.write({ kind: 'forecasts', rows })),
    score: (rows) => (rows.length === 0 ? Promise.resolve() : writer.write({ kind: 'outcomes', rows })),
    async scored(filter) {
      const rows = await matching(filter)
        .where('scoredMs', 'is not', null)
        .orderBy('openTimeMs', 'desc')
        .orderBy('symbol')
        .execute();
      return rows.reverse().map((row) => {
        const { outcome, ...forecast } = fromRow(row);
        return { ...forecast, ...outcome } as ScoredForecast;
      });
    },
    async open(filter) {
      const rows = await matching(filter)
        .where('scoredMs', 'is', null)
        .orderBy('openTimeMs')
        .orderBy('symbol')
        .execute();
      return rows.map((row) => {
        const { outcome: _none, ...forecast } = fromRow(row);
        return forecast;
      });
    },
  };
}
