/**
 * Jobs that wait for a free sandbox, first come first served, but for a retry, which must not get the slot
 * that just failed it. Nobody waits past a deadline.
 * Flow: sandbox-pool -> here -> sandbox-slot. Units: milliseconds.
 */
import type { Slot } from './sandbox-slot.ts';

interface Waiting {
  readonly take: (slot: Slot | undefined) => void;
  readonly avoid: string | undefined;
}

export interface SlotQueue {
  readonly length: number;
  /** The slot is busy from then on; undefined at the deadline, when the caller gives up, or on clear. */
  acquire(
    deadlineMs: number,
    avoid: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Slot | undefined>;
  /** Hands out what is free; called whenever a slot becomes ready. */
  serve(): void;
  clear(): void;
}

export function createSlotQueue(slots: readonly Slot[], now: () => number): SlotQueue {
  const waiting: Waiting[] = [];

  const queue: SlotQueue = {
    get length() {
      return waiting.length;
    },
    serve() {
      for (let at = 0; at < waiting.length; ) {
        const { take, avoid } = waiting[at]!;
        const free = slots.filter((slot) => slot.state === 'ready');
        const other = free.find(({ sandbox }) => sandbox?.id !== avoid);
        const slot = other ?? (slots.length === 1 ? free[0] : undefined);
        if (slot === undefined) {
          at++;
          continue;
        }
        waiting.splice(at, 1);
        slot.state = 'busy';
        take(slot);
      }
    },
    acquire(deadlineMs, avoid, signal) {
      return new Promise((resolve) => {
        const give = setTimeout(() => entry.take(undefined), Math.max(0, deadlineMs - now()));
        const onAbort = () => entry.take(undefined);
        const entry: Waiting = {
          avoid,
          take: (slot) => {
            clearTimeout(give);
            signal?.removeEventListener('abort', onAbort);
            const place = waiting.indexOf(entry);
            if (place >= 0) waiting.splice(place, 1);
            resolve(slot);
          },
        };
        signal?.addEventListener('abort', onAbort);
        waiting.push(entry);
        queue.serve();
      });
    },
    clear() {
      for (const entry of [...waiting]) entry.take(undefined);
    },
  };
  return queue;
}
