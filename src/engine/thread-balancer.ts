/**
 * Which thread takes a task: the least busy, up to a limit, so that a thread has its next tasks at hand and need
 * not wait for the main thread between two of them. Piscina's own balancer gives a thread that runs a task with
 * an abort signal nothing else, since an abort ends the thread and whatever else it holds; here those others are
 * run again (valuation-pool).
 */
import type { Piscina } from 'piscina';

export type Balancer = NonNullable<NonNullable<ConstructorParameters<typeof Piscina>[0]>['loadBalancer']>;
type Thread = Parameters<Balancer>[1][number];

/** Tasks that a thread holds. Piscina calls a thread with one abortable task infinitely busy. */
function held({ currentUsage, isRunningAbortableTask }: Thread): number {
  return isRunningAbortableTask ? 1 : currentUsage;
}

export function leastBusy(limit: number): Balancer {
  return (_task, threads) => {
    let chosen: Thread | null = null;
    let least = limit;
    for (const thread of threads) {
      const tasks = held(thread);
      if (tasks >= least) continue;
      chosen = thread;
      least = tasks;
    }
    return chosen;
  };
}
