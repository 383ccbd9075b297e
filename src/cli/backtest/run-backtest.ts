/**
 * One backtest from options to files: read, plan, forecast in threads, score, write.
 * Flow: market file -> plan -> blocks (checkpointed) -> tracks -> CSV, tables, report.
 * Every file is written beside its name first and moved into place whole.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { type BacktestPlan, type BlockResult, LEAST_HISTORY } from '#domain/backtest/backtest-plan.ts';
import { compareForecasters } from '#domain/backtest/comparison.ts';
import { joinResults, trackFromRows, weightPaths } from '#domain/backtest/forecast-rows.ts';
import { tailProbability } from '#domain/backtest/forecast-track.ts';
import { scorecard } from '#domain/backtest/scorecard.ts';
import { blocksOf } from '#domain/backtest/walk-forward.ts';
import { createBacktestPool } from '#engine/backtest-pool.ts';
import { formatInterval } from './bar-clock.ts';
import { type Checkpoint, checkpointKey, openCheckpoint } from './checkpoint.ts';
import { forecastCsv } from './forecast-csv.ts';
import { InputError } from './input-error.ts';
import { readMarketFile } from './market-file.ts';
import type { MarketSeries } from './market-series.ts';
import type { BacktestOptions } from './options.ts';
import { createProgress, type ProgressTarget } from './progress.ts';
import { renderReport } from './report-page.ts';
import { returnTable } from './return-statistics.ts';
import { renderTable, resultTables } from './summary-table.ts';

export interface BacktestOutput {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: ProgressTarget;
}

/** Every backtest scores these beside the levels asked for, because the accuracy gate is defined on them. */
const GATE_LEVELS = [0.95, 0.975, 0.99];

export async function runBacktest(
  options: BacktestOptions,
  output: BacktestOutput,
  signal: AbortSignal,
): Promise<void> {
  const market = readMarketFile(options.input, options);
  const unit = outputUnit(options, market);
  const confidences = [...new Set([...options.confidences, ...GATE_LEVELS])];
  const plan = planBacktest(options, market, confidences, unit);
  const { observations } = market;
  const interval = formatInterval(observations.intervalMs);
  output.stderr.write(`${market.source}, bars of ${interval}, ${observations.length} returns\n`);
  for (const note of market.notes) output.stderr.write(`note: ${note}\n`);
  const checkpoint = checkpointOf(options, market, plan);
  const blocks = await forecastAll(options, output, market, plan, checkpoint, signal);
  const outcome = observations.logReturn
    .slice(plan.first, plan.end)
    .map((value) => (unit === 'simple' && market.kind === 'log' ? Math.expm1(value) : value));
  const rows = joinResults(blocks, confidences);
  const tracks = rows.map((one) => trackFromRows(one, outcome));
  const cards = tracks.map(scorecard);
  const comparisons = compareForecasters(tracks);
  const tables = [returnTable(outcome), ...resultTables(cards, comparisons)];
  const stamps = market.stamps.slice(plan.first, plan.end);
  if (options.out !== undefined) {
    const track = trackFromRows(rows[0]!, outcome, options.confidences);
    writeWhole(options.out, forecastCsv(track, stamps, unit, interval));
  }
  if (options.report !== undefined) {
    const notes = [
      `${unit} returns, one bar of ${interval} ahead, refit every ${plan.refit} bars on ${plan.window}`,
      ...market.notes,
    ];
    const weights = { names: rows[0]!.members, paths: weightPaths(rows[0]!) };
    writeWhole(
      options.report,
      renderReport({ source: market.source, notes, stamps, tracks, cards, comparisons, tables, weights }),
    );
  }
  output.stdout.write(`${tables.map(renderTable).join('\n\n')}\n`);
  checkpoint?.remove();
}

/** A book is simple by nature; everything else is log unless asked otherwise. */
function outputUnit(options: BacktestOptions, market: MarketSeries): 'log' | 'simple' {
  return market.kind === 'book' ? 'simple' : (options.returns ?? 'log');
}

export function planBacktest(
  options: BacktestOptions,
  market: MarketSeries,
  confidences: readonly number[],
  unit: 'log' | 'simple',
): BacktestPlan {
  const { length, intervalMs } = market.observations;
  if (length <= LEAST_HISTORY)
    throw new InputError(
      `insufficient history: ${length} returns, and ${LEAST_HISTORY} are needed before the first forecast`,
    );
  const asked = options.start ?? Math.max(LEAST_HISTORY, Math.min(options.window, Math.floor(length / 2)));
  const first = asked < 0 ? length + asked : asked;
  if (first < LEAST_HISTORY)
    throw new InputError(
      `insufficient history: --start leaves ${first} returns before the first forecast, ${LEAST_HISTORY} are needed`,
    );
  if (first >= length)
    throw new InputError(`--start ${asked} leaves nothing to forecast of ${length} returns`);
  return {
    first,
    end: length,
    window: options.window,
    refit: options.refit,
    probabilities: confidences.map(tailProbability),
    simple: unit === 'simple' && market.kind === 'log',
    posterior: { intervalMs, particles: options.particles, seed: options.seed },
    peers: options.peers,
    members: false,
  };
}

function checkpointOf(
  options: BacktestOptions,
  market: MarketSeries,
  plan: BacktestPlan,
): Checkpoint | undefined {
  if (options.out === undefined) return undefined;
  return openCheckpoint(
    `${options.out}.checkpoint`,
    checkpointKey(market.observations, plan),
    options.resume,
  );
}

async function forecastAll(
  options: BacktestOptions,
  output: BacktestOutput,
  market: MarketSeries,
  plan: BacktestPlan,
  checkpoint: Checkpoint | undefined,
  signal: AbortSignal,
): Promise<BlockResult[][]> {
  const blocks = blocksOf(plan);
  const done = checkpoint?.done ?? new Map<number, readonly BlockResult[]>();
  const size = (index: number) => blocks[index]!.to - blocks[index]!.from;
  const finished = [...done.keys()].reduce((sum, index) => sum + size(index), 0);
  const progress = createProgress(output.stderr, plan.end - plan.first, finished);
  const pool = createBacktestPool(options.jobs);
  try {
    return await pool.runBlocks({
      series: market.observations,
      plan,
      done,
      onBlock: (index, results) => {
        checkpoint?.append(index, results);
        progress.advance(size(index));
      },
      signal,
    });
  } finally {
    progress.finish();
    await pool.close();
  }
}

function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.part`, text);
  renameSync(`${path}.part`, path);
}
