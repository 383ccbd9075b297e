/**
 * One series under the one configuration of the accuracy table, kept on disk so that a study goes on where it
 * stopped. What is kept is named by the data, the plan and the source of the engine: a change of any of them
 * makes it stale.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BacktestPlan } from '#domain/backtest/backtest-plan.ts';
import { joinResults, trackFromRows } from '#domain/backtest/forecast-rows.ts';
import { tailProbability } from '#domain/backtest/forecast-track.ts';
import { scorecard } from '#domain/backtest/scorecard.ts';
import { createBacktestPool } from '#engine/backtest-pool.ts';
import { checkpointKey } from '../backtest/checkpoint.ts';
import { inFile } from '../backtest/input-error.ts';
import { readMarketFile } from '../backtest/market-file.ts';
import type { StudySeries } from './study-series.ts';

export interface StudyLevel {
  readonly confidence: number;
  readonly hits: number;
  readonly fz0: number;
  readonly binomial: number | null;
  readonly conditional: number | null;
  readonly dq: number | null;
}

export interface StudyForecaster {
  readonly name: string;
  readonly levels: readonly StudyLevel[];
  readonly accuracy: number | null;
  readonly logScore: number | null;
}

export interface SeriesStudy {
  readonly name: string;
  readonly forecasts: number;
  readonly first: number;
  readonly intervalMs: number;
  /** The pool first, then its members where asked for, then the peers. */
  readonly forecasters: readonly StudyForecaster[];
  readonly members: readonly string[];
}

export interface StudyOptions {
  readonly most: number;
  readonly jobs: number;
  readonly particles: number;
  readonly members: boolean;
  readonly cache: string;
}

export const STUDY_LEVELS = [0.95, 0.975, 0.99];
const WINDOW = 2000;
const REFIT = 100;
const SEED = 1;
/** Forecasts begin after this many returns, or 40 % of a short series. */
const TRAINING = 1500;
const TRAINING_SHARE = 0.4;
/** Series shorter than this say nothing at 1 %. */
export const LEAST_RETURNS = 500;

export async function studySeries(
  series: StudySeries,
  options: StudyOptions,
  signal: AbortSignal,
): Promise<SeriesStudy | undefined> {
  const market = inFile(series.path, () =>
    readMarketFile(series.path, {
      inputReturns: 'log',
      ...(series.column === undefined ? {} : { column: series.column }),
    }),
  );
  const { observations } = market;
  const { length, intervalMs } = observations;
  if (length < LEAST_RETURNS) return undefined;
  const first = Math.max(Math.min(TRAINING, Math.floor(TRAINING_SHARE * length)), length - options.most);
  const plan: BacktestPlan = {
    first,
    end: length,
    window: WINDOW,
    refit: REFIT,
    probabilities: STUDY_LEVELS.map(tailProbability),
    simple: false,
    posterior: { intervalMs, particles: options.particles, seed: SEED },
    peers: true,
    members: options.members,
  };
  const path = join(options.cache, `${checkpointKey(observations, plan)}-${engineFingerprint()}.json`);
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as SeriesStudy;
  const pool = createBacktestPool(options.jobs);
  const blocks = await pool
    .runBlocks({ series: observations, plan, done: new Map(), onBlock: () => {}, signal })
    .finally(() => pool.close());
  const rows = joinResults(blocks, STUDY_LEVELS);
  const outcome = observations.logReturn.slice(first);
  const study: SeriesStudy = {
    name: series.name,
    forecasts: length - first,
    first,
    intervalMs,
    members: options.members ? rows[0]!.members : [],
    forecasters: rows.map((one) => summarise(scorecard(trackFromRows(one, outcome)))),
  };
  mkdirSync(options.cache, { recursive: true });
  writeFileSync(`${path}.part`, JSON.stringify(study));
  renameSync(`${path}.part`, path);
  return study;
}

function summarise({ name, levels, calibration, logScore }: ReturnType<typeof scorecard>): StudyForecaster {
  return {
    name,
    levels: levels.map(({ confidence, hits, fz0, binomial, conditional, dq }) => ({
      confidence,
      hits,
      fz0,
      binomial: binomial.pValue,
      conditional: conditional.pValue,
      dq: dq.pValue,
    })),
    accuracy: calibration?.accuracy ?? null,
    logScore: logScore ?? null,
  };
}

let fingerprint: string | undefined;

/** A hash of every source file the forecasts come from. */
function engineFingerprint(): string {
  if (fingerprint !== undefined) return fingerprint;
  const root = join(import.meta.dirname, '../..');
  const hash = createHash('sha256');
  for (const room of ['math', 'domain/posterior', 'domain/backtest', 'cli/backtest'])
    for (const name of readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).sort())
      if (name.endsWith('.ts')) hash.update(name).update(readFileSync(join(root, room, name)));
  fingerprint = hash.digest('hex').slice(0, 16);
  return fingerprint;
}
