/**
 * A reader thread of the ring stress: checks that every tick it gets is whole and later than the one before.
 * Each written tick carries its own sequence in five words, so a torn copy shows.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { TICK_WORDS, type TickRingMemory, TickRingReader } from '../../src/memory/tick-ring.ts';

const { memory, batch, idleSpins } = workerData as {
  memory: TickRingMemory;
  batch: number;
  idleSpins: number;
};
const reader = new TickRingReader(memory);
const out = new Float64Array(batch * TICK_WORDS);
let torn = 0;
let disorder = 0;
let received = 0;
let previous = -1;
let done = false;
parentPort?.postMessage('ready');
while (!done) {
  const count = reader.read(out);
  for (let at = 0; at < count * TICK_WORDS; at += TICK_WORDS) {
    const sequence = out[at + 1] as number;
    if (sequence < 0) {
      done = true;
      break;
    }
    for (let word = 2; word <= 5; word += 1) if (out[at + word] !== sequence + word) torn += 1;
    if (sequence <= previous) disorder += 1;
    previous = sequence;
    received += 1;
  }
  for (let spin = 0; spin < idleSpins; spin += 1) Atomics.load(new Int32Array(memory.buffer, 0, 1), 0);
}
parentPort?.postMessage({ torn, disorder, received, missed: reader.missed, laps: reader.laps, previous });
