/**
 * Lets threads that no caller waits for stand back: those that learn or score, and V8's helpers, which collect
 * and compile. Where processors are short, bars may wait for answers but answers never for bars. Linux gives
 * every thread a nice value of its own and lists them in /proc; elsewhere nothing changes.
 * Flow: worker/risk-worker, engine/forecast-scorer-thread, main -> here -> the scheduler.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** A tenth of a busy processor's time beside one thread that answers. */
const STANDING_BACK = 10;
const HELPER = 'V8Worker';

/** The calling thread; never forward of where the service was started. Undefined where that is not to be had. */
export function standBack(): number | undefined {
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    return lower(thread) ? thread : undefined;
  } catch {
    return undefined;
  }
}

/** V8's helper threads, which serve all of the process; returns those that stand back now. */
export function helpersStandBack(): number[] {
  try {
    return readdirSync('/proc/self/task')
      .filter((thread) => readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trim() === HELPER)
      .map(Number)
      .filter(lower);
  } catch {
    return [];
  }
}

function lower(thread: number): boolean {
  if (!(thread > 0)) return false;
  setPriority(thread, Math.max(getPriority(thread), STANDING_BACK));
  return true;
}
