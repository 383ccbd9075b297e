/**
 * Waits for a condition with a deadline, and says what it waited for when that passes.
 */
import { setTimeout as sleep } from 'node:timers/promises';

export async function until(what: string, condition: () => boolean, deadlineMs = 15_000): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain for ${what}`);
    await sleep(2);
  }
}
