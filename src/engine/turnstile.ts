/**
 * Lets so many pieces of work run at once, the rest in the order they came. Piscina keeps no order among tasks
 * that can be aborted: one that finds no room goes behind all others, or before them (`stricterFIFO`).
 */
export type Turnstile = <T>(work: () => Promise<T>) => Promise<T>;

export function createTurnstile(width: number): Turnstile {
  let inside = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (inside < width) inside++;
    else await new Promise<void>((enter) => waiting.push(enter));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) inside--;
      else next();
    }
  };
}
