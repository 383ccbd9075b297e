/**
 * Finished blocks, appended as they come, one line each: a run that was cut off at any byte continues from
 * the last whole line. The first line names everything the blocks depend on; a file of another run is refused.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { BacktestPlan, BlockResult } from '#domain/backtest/backtest-plan.ts';
import type { ObservationSeries } from '#domain/posterior/observation.ts';
import { fromBase64, toBase64 } from '#math/float64-base64.ts';
import { InputError } from './input-error.ts';

/** Raise when forecasts change for equal inputs: old checkpoints must not mix with new blocks. */
const FORMAT = 1;

export interface Checkpoint {
  /** Blocks that earlier runs finished. */
  readonly done: ReadonlyMap<number, readonly BlockResult[]>;
  append(block: number, results: readonly BlockResult[]): void;
  remove(): void;
}

interface StoredResult {
  readonly name: string;
  readonly members: readonly string[];
  readonly rows: string;
}

export function openCheckpoint(path: string, key: string, resume: boolean): Checkpoint {
  const done = resume && existsSync(path) ? readBlocks(path, key) : new Map<number, BlockResult[]>();
  // Rewritten from what was read: a torn last line must not swallow the next one.
  writeFileSync(path, `${JSON.stringify({ key })}\n`);
  const append = (block: number, results: readonly BlockResult[]): void => {
    const stored = results.map(({ name, members, rows }) => ({ name, members, rows: toBase64(rows) }));
    appendFileSync(path, `${JSON.stringify({ block, results: stored })}\n`);
  };
  for (const [block, results] of done) append(block, results);
  return { done, append, remove: () => rmSync(path, { force: true }) };
}

/** Names the forecasts: equal keys, equal bytes. */
export function checkpointKey(series: ObservationSeries, plan: BacktestPlan): string {
  const hash = createHash('sha256').update(JSON.stringify({ FORMAT, plan }));
  for (const column of [series.openTimeMs, series.logReturn, series.realisedVariance, series.elapsedBars])
    hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  return hash.digest('hex');
}

function readBlocks(path: string, key: string): Map<number, BlockResult[]> {
  const [head, ...lines] = readFileSync(path, 'utf8').split('\n');
  if (parseLine<{ key: string }>(head)?.key !== key)
    throw new InputError(
      `${path} belongs to a run with other data or options; remove it or leave out --resume`,
    );
  const done = new Map<number, BlockResult[]>();
  for (const line of lines) {
    const stored = parseLine<{ block: number; results: StoredResult[] }>(line);
    if (stored === undefined) continue;
    done.set(
      stored.block,
      stored.results.map((result) => ({ ...result, rows: fromBase64(result.rows) })),
    );
  }
  return done;
}

function parseLine<T>(line: string | undefined): T | undefined {
  try {
    return line === undefined || line === '' ? undefined : (JSON.parse(line) as T);
  } catch {
    // A line cut off by the interruption: its block is computed again.
    return undefined;
  }
}
