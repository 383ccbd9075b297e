/**
 * One description a thread, instead of one a task. Piscina describes every thread to its balancer anew for every
 * task, by an object literal with accessors. While it does, much of what a task allocates outlives the young
 * generation; with the first description kept it does not (how the one leads to the other was not traced). The
 * descriptions read live values, so the first one serves for ever.
 * Flow: engine/valuation-pool -> here. Where Piscina changes, nothing happens but the old cost (test/bench/dispatch).
 */
import type { EventEmitter } from 'node:events';
import type { Piscina } from 'piscina';

/** Call before the first thread is announced: in the turn that makes the pool. */
export function describeThreadsOnce(pool: Piscina): void {
  (pool as EventEmitter).on('workerCreate', (description: object) => {
    for (const symbol of Object.getOwnPropertySymbols(description)) {
      const thread = (description as Record<symbol, unknown>)[symbol];
      if (typeof thread === 'object' && thread !== null && 'interface' in thread)
        Object.defineProperty(thread, 'interface', { value: description });
    }
  });
}
