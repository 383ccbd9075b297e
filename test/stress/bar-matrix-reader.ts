/**
 * A reader thread of the bar matrix stress: every bar must be whole (its columns follow from its time) and
 * later than the one before, whatever the writer does meanwhile.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { BarMatrix, type BarMatrixMemory } from '../../src/memory/bar-matrix.ts';

const { memory, stop } = workerData as { memory: BarMatrixMemory; stop: SharedArrayBuffer };
const matrix = new BarMatrix(memory);
const flag = new Int32Array(stop);
let reads = 0;
let torn = 0;
let disorder = 0;
parentPort?.postMessage('ready');
while (Atomics.load(flag, 0) === 0) {
  const bars = matrix.read(0, 60_000, 0, Number.POSITIVE_INFINITY, 64);
  for (const [index, bar] of bars.entries()) {
    const { openTimeMs, open, close, volume, trades } = bar;
    if (open !== openTimeMs + volume || close !== openTimeMs + 2 * volume || trades !== openTimeMs / 60_000)
      torn += 1;
    if (index > 0 && openTimeMs <= (bars[index - 1]?.openTimeMs ?? 0)) disorder += 1;
  }
  reads += 1;
}
parentPort?.postMessage({ reads, torn, disorder });
