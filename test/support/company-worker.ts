import { setImmediate as turn } from 'node:timers/promises';

/** Ends once so many tasks have begun, on whichever threads. `begun` is one shared counter, Int32. */
export async function meet({ begun, company }: { begun: Int32Array; company: number }): Promise<number> {
  Atomics.add(begun, 0, 1);
  while (Atomics.load(begun, 0) < company) await turn();
  return company;
}
