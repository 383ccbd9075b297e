/** The real trainer as a sandbox runs it: one bundled file, a job in, a result out. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TRAINING_SCHEMA, type TrainingDocument } from '#domain/training/training-job.ts';
import { createRandom } from '#math/random.ts';
import { bundleTrainer } from '#sandbox/trainer-program.ts';
import type { TrainerProgram } from '#sandbox/training-sandbox.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

const BARS = 160;
const HOLDOUT = 40;

let dir: TempDir;
let program: TrainerProgram;
beforeAll(async () => {
  dir = tempDir('trainer-program');
  program = await bundleTrainer();
  writeFileSync(join(dir.path, 'trainer.cjs'), program.source);
});
afterAll(() => dir[Symbol.dispose]());

function jobDocument(): TrainingDocument {
  const random = createRandom(7);
  const logReturn = Array.from({ length: BARS }, () => 0.01 * random.normal());
  return {
    schema: TRAINING_SCHEMA,
    jobId: 'one',
    symbol: 'BTCUSDT',
    intervalMs: 300_000,
    particles: 32,
    seed: 5,
    holdout: HOLDOUT,
    confidences: [0.95, 0.99],
    openTimeMs: logReturn.map((_, at) => at * 300_000),
    logReturn,
    realisedVariance: logReturn.map((value, at) => (at % 7 === 0 ? null : value * value)),
    elapsedBars: logReturn.map(() => 1),
  };
}

function run(name: string, job: string) {
  const [input, output] = [`${name}.json`, `${name}.result.json`].map((file) => join(dir.path, file));
  writeFileSync(input!, job);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(dir.path, 'trainer.cjs'), input!, output!],
    { encoding: 'utf8', env: {}, cwd: dir.path },
  );
  return { status, stdout, stderr, result: existsSync(output!) ? readFileSync(output!, 'utf8') : undefined };
}

describe('the trainer program', () => {
  it('is the same bytes from the same sources', async () => {
    expect((await bundleTrainer()).sha256).toBe(program.sha256);
  });

  it('gives the same job the same result to the last byte, names its input, and tells its progress', () => {
    const job = JSON.stringify(jobDocument());
    const [one, other] = [run('one', job), run('other', job)];
    expect([one.status, one.stderr]).toEqual([0, '']);
    expect(other.result).toBe(one.result);
    expect(JSON.parse(one.result!)).toMatchObject({
      jobId: 'one',
      inputSha256: createHash('sha256').update(job).digest('hex'),
      holdout: { openTimeMs: jobDocument().openTimeMs.slice(-HOLDOUT) },
    });
    const shares = one.stdout
      .trim()
      .split('\n')
      .map((line) => Number(/^progress (\d\.\d\d)$/.exec(line)?.[1]));
    expect(shares.length).toBeGreaterThan(1);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBeLessThanOrEqual(1);
  });

  it.each([
    ['no JSON', '{', 'cannot read the job'],
    ['another schema', JSON.stringify({ ...jobDocument(), schema: 99 }), 'schema 99'],
    ['too short a history', JSON.stringify({ ...jobDocument(), holdout: BARS - 10 }), 'are needed'],
    [
      'a return that is no number',
      JSON.stringify({ ...jobDocument(), logReturn: [null, ...jobDocument().logReturn.slice(1)] }),
      'not finite',
    ],
  ])('leaves with 2, a reason and no result for %s', (name, job, reason) => {
    const { status, stderr, result } = run(name.replaceAll(' ', '-'), job);
    expect(status).toBe(2);
    expect(stderr).toContain(reason);
    expect(result).toBeUndefined();
  });
});
