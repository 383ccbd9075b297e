/** Compiles and runs the C twin of the likelihood pass on the same particles and bars; undefined without a compiler. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type createCloud, LEFT, LN_CONSTANT, MU, NU, OWN, RIGHT } from '#domain/posterior/cloud.ts';

const SLOTS = [MU, NU, LN_CONSTANT, RIGHT, LEFT, OWN, OWN + 1, OWN + 2, OWN + 3];

export interface TwinResult {
  readonly nsPerParticleBar: number;
  readonly logLikelihood: number;
}

export function likelihoodTwin(
  { natural, variance, size }: ReturnType<typeof createCloud>,
  y: Float64Array,
): TwinResult | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'likelihood-twin-'));
  try {
    const program = join(folder, 'twin');
    const source = join(import.meta.dirname, 'likelihood-pass.c');
    const built = spawnSync('gcc', [
      '-O3',
      '-march=native',
      '-ffast-math',
      '-Wno-psabi',
      '-o',
      program,
      source,
      '-lm',
    ]);
    if (built.error !== undefined) return undefined;
    if (built.status !== 0) throw new Error(`the C twin does not compile: ${built.stderr}`);
    const fields = SLOTS.map((slot) => natural.subarray(slot * size, (slot + 1) * size));
    const parts = [Float64Array.of(size, y.length), y, ...fields, variance.subarray(0, size)];
    const input = Buffer.concat(
      parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)),
    );
    const run = spawnSync(program, { input, encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`the C twin failed: ${run.stderr}`);
    const [nsPerParticleBar, logLikelihood] = run.stdout.trim().split(' ').map(Number);
    return { nsPerParticleBar: nsPerParticleBar!, logLikelihood: logLikelihood! };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
