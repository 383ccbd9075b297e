/**
 * Bundles the trainer and everything it imports into one CommonJS file for Node 20, the oldest runtime a
 * stock sandbox template carries. The same sources give the same bytes, so the hash names the trainer.
 * Flow: src/trainer -> here -> sandbox providers.
 */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { TrainerProgram } from './training-sandbox.ts';

const ENTRY = fileURLToPath(new URL('../trainer/main.ts', import.meta.url));
const RESULT_BYTES_MAX = 64 * 1024 * 1024;

export async function bundleTrainer(): Promise<TrainerProgram> {
  const { outputFiles } = await build({
    entryPoints: [ENTRY],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'silent',
  });
  const source = outputFiles[0]!.text;
  return {
    source,
    sha256: createHash('sha256').update(source).digest('hex'),
    maxResultBytes: RESULT_BYTES_MAX,
  };
}
