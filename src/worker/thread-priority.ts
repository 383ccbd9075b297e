/**
 * Lets a learning or scoring thread stand back: where processors are short, bars may wait for answers but answers never
 * for bars. Linux gives every thread a nice value of its own and names the calling one in /proc; elsewhere
 * nothing changes.
 * Flow: worker/risk-worker, engine/forecast-scorer-thread -> here -> the scheduler.
 */
import { readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** A quarter of a busy processor's time beside one thread that answers. */
const LEARNING_NICE = 5;

/** Returns the thread that now stands back, or undefined where that is not to be had. */
export function standBack(): number | undefined {
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    if (!(thread > 0)) return undefined;
    // Of a process that is started to stand back itself it must not step forward.
    setPriority(thread, Math.max(LEARNING_NICE, getPriority(thread)));
    return thread;
  } catch {
    return undefined;
  }
}
