/** A worker thread that answers a number with its double and dies of a negative one. */
import { setImmediate } from 'node:timers/promises';

export default async function double(value: number): Promise<number> {
  // A turn of the loop, so that the thread has other tasks at hand before it dies of one.
  await setImmediate();
  if (value < 0) process.exit(1);
  return 2 * value;
}
