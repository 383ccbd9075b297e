/**
 * Where the engine's parts say what changed, for whoever streams it to clients.
 * Flow: valuation, ingest, compliance, retraining -> here -> http/event-log -> server-sent events.
 */
export type HubEventType = 'var' | 'quality' | 'compliance' | 'jobs';

export interface HubEvent {
  readonly type: HubEventType;
  readonly atMs: number;
  /** Plain JSON. */
  readonly data: unknown;
}

export interface EventHub {
  publish(type: HubEventType, data: unknown): void;
  subscribe(listener: (event: HubEvent) => void): () => void;
  /** The newest event of each type and key, for clients that have no past. */
  snapshot(): readonly HubEvent[];
}

/** `keyOf` names what an event is about: a newer event of the same type and key replaces the older one. */
export function createEventHub(
  keyOf: (type: HubEventType, data: unknown) => string,
  now: () => number = Date.now,
): EventHub {
  const listeners = new Set<(event: HubEvent) => void>();
  const newest = new Map<string, HubEvent>();
  return {
    publish(type, data) {
      const event = { type, atMs: now(), data };
      newest.set(`${type}:${keyOf(type, data)}`, event);
      for (const listener of listeners) listener(event);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    snapshot: () => [...newest.values()],
  };
}
