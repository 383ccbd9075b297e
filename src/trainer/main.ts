/**
 * The program that a sandbox runs: `trainer INPUT OUTPUT`. Bundled to one file; needs Node 20 and nothing
 * else. The result appears under its name only when it is whole.
 *
 * Exit codes: 0 done, 2 the input is not usable, 3 the fit broke down.
 */
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parseTrainingDocument } from '#domain/training/training-job.ts';
import { toBase64 } from '#math/float64-base64.ts';
import { train } from './train.ts';

const EXIT_BAD_INPUT = 2;
const EXIT_FIT_FAILED = 3;

function main([input, output]: readonly string[]): number {
  if (input === undefined || output === undefined) return refuse('usage: trainer INPUT OUTPUT');
  let bytes: Buffer;
  let value: unknown;
  try {
    bytes = readFileSync(input);
    value = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    return refuse(`cannot read the job: ${error instanceof Error ? error.message : String(error)}`);
  }
  const document = parseTrainingDocument(value);
  if (typeof document === 'string') return refuse(`bad job: ${document}`);
  try {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const { result, state } = train(document, sha256, (share) => console.log(`progress ${share.toFixed(2)}`));
    writeFileSync(`${output}.tmp`, JSON.stringify({ ...result, state: toBase64(state) }));
    renameSync(`${output}.tmp`, output);
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return EXIT_FIT_FAILED;
  }
}

function refuse(why: string): number {
  console.error(why);
  return EXIT_BAD_INPUT;
}

process.exitCode = main(process.argv.slice(2));
