/**
 * Keeps V8's heaps near what lives in them, and its collector off the processors that answer. Left alone on a
 * machine with much memory, the young generation grows to 128 MB under a busy stream and the old one to three
 * times what it holds, for garbage alone.
 * Set at run time, so that every way of starting the service has it; it counts for all threads.
 * Flow: main -> here -> V8. Units: bytes. Figures: ADR 0100.
 */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Old space may grow by this much between two full collections. */
const OLD_GROWTH_PERCENT = 30;
/** Of the calling thread: smaller ones are collected so often that it costs a tenth of the processor. */
const YOUNG_BYTES = 16 * 1_048_576;
/** Four of them take both processors of a small machine from the threads that answer, for 100 ms. */
const MARKING_HELPERS = 1;
const CHUNK_LENGTH = 1_024;
/** More than enough to fill the young generation over and over. */
const MOST_CHUNKS = 20_000;

export function keepHeapsSmall(): void {
  growYoung();
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString(`--heap-growing-percent=${OLD_GROWTH_PERCENT}`);
  setFlagsFromString(`--concurrent-marking-max-worker-num=${MARKING_HELPERS}`);
  // Ten a second of a millisecond each: too short to be worth waking helpers for, and waiting for them.
  setFlagsFromString('--no-parallel-scavenge');
}

/**
 * One full collection of the calling thread's heap, some 100 ms: for the moment between the start, which
 * leaves ten times what it keeps, and the first caller.
 */
export function dropGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  setFlagsFromString('--no-expose-gc');
}

/** It grows by what survives, and no flag sizes it once V8 runs. */
function growYoung(): void {
  const survivors: number[][] = [];
  while (youngBytes() < YOUNG_BYTES && survivors.length < MOST_CHUNKS)
    survivors.push(new Array<number>(CHUNK_LENGTH).fill(0));
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')?.space_size ?? 0;
}
