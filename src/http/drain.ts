/**
 * One switch that says "leaving", seen by readiness, by every response and by open streams.
 * Flow: lifecycle -> begin() -> listeners
 */
export interface Drain {
  readonly draining: boolean;
  /** Idempotent. */
  begin(): void;
  /** Called once, at once if it has begun already; the returned function forgets the listener. */
  onBegin(listener: () => void): () => void;
}

export function createDrain(): Drain {
  const listeners = new Set<() => void>();
  let draining = false;
  return {
    get draining() {
      return draining;
    },
    begin() {
      if (draining) return;
      draining = true;
      for (const listener of listeners) listener();
      listeners.clear();
    },
    onBegin(listener) {
      if (draining) listener();
      else listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
