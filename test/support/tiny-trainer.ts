/** A trainer program small enough to read: what a sandbox must be able to run, and the ways it can misbehave. */
import { createHash } from 'node:crypto';
import type { TrainerProgram } from '#sandbox/training-sandbox.ts';

const SOURCE = `
const { readFileSync, writeFileSync, renameSync } = require('node:fs');
const [, , input, output] = process.argv;
const job = JSON.parse(readFileSync(input, 'utf8'));
console.log('progress 0.5');
if (job.act === 'hang') setInterval(() => {}, 1000);
else if (job.act === 'bad-input') { console.error('bad input: ' + job.why); process.exit(2); }
else if (job.act === 'memory') { const hoard = []; for (;;) hoard.push(new Array(1e6).fill({}).map(() => ({}))); }
else if (job.act === 'silent') process.exit(0);
else {
  const body = job.act === 'huge' ? 'x'.repeat(job.bytes) : JSON.stringify({ echo: job, env: Object.keys(process.env).sort() });
  writeFileSync(output + '.tmp', body);
  renameSync(output + '.tmp', output);
}
`;

export function tinyTrainer(maxResultBytes = 100_000): TrainerProgram {
  return { source: SOURCE, sha256: createHash('sha256').update(SOURCE).digest('hex'), maxResultBytes };
}
