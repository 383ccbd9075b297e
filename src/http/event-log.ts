/**
 * The recent past of the service as numbered, ready-made server-sent events, so that a client that lost its
 * connection can go on where it stopped. Each event becomes text once, however many clients there are.
 * Flow:   EventSource (engine) -> here -> routes/stream -> clients
 * Shapes: id is `<epoch>-<sequence>`; the epoch names this process, the sequence has no holes.
 */
import type { Metrics } from '#telemetry/metrics.ts';

export type EventType = 'var' | 'quality' | 'compliance' | 'jobs';

export interface ServiceEvent {
  readonly type: EventType;
  readonly atMs: number;
  /** Plain JSON. */
  readonly data: unknown;
}

/** What the engine offers; `snapshot` is the current state as events, for clients that have no past. */
export interface EventSource {
  subscribe(listener: (event: ServiceEvent) => void): () => void;
  snapshot(): readonly ServiceEvent[];
}

export interface LoggedEvent {
  readonly type: EventType;
  readonly sequence: number;
  readonly frame: string;
}

export interface EventLog {
  /** The id of the newest event. */
  lastId(): string;
  /** Events after `id`, or undefined where the id is of another epoch or has left the buffer. */
  after(id: string): readonly LoggedEvent[] | undefined;
  /** The current state as frames that carry the newest id. */
  snapshot(): readonly LoggedEvent[];
  subscribe(listener: (event: LoggedEvent) => void): () => void;
  close(): void;
}

export interface EventLogOptions {
  readonly source: EventSource;
  readonly metrics: Metrics;
  /** Names the process; must differ between two starts. */
  readonly epoch: string;
  readonly capacity?: number;
}

export function createEventLog(options: EventLogOptions): EventLog {
  const { source, metrics, epoch, capacity = 1_024 } = options;
  const ring: LoggedEvent[] = [];
  const listeners = new Set<(event: LoggedEvent) => void>();
  let sequence = 0;

  const logged = (event: ServiceEvent, number: number): LoggedEvent => ({
    type: event.type,
    sequence: number,
    frame: frame(event.type, { sequence: number, atMs: event.atMs, data: event.data }, `${epoch}-${number}`),
  });

  const unsubscribe = source.subscribe((event) => {
    const entry = logged(event, ++sequence);
    ring.push(entry);
    if (ring.length > capacity) ring.shift();
    metrics.streamEvents.inc({ type: event.type });
    for (const listener of listeners) listener(entry);
  });

  return {
    lastId: () => `${epoch}-${sequence}`,
    after(id) {
      const split = id.lastIndexOf('-');
      const number = Number(id.slice(split + 1));
      if (id.slice(0, split) !== epoch || !Number.isInteger(number) || number < 0 || number > sequence)
        return undefined;
      const oldest = sequence - ring.length;
      return number < oldest ? undefined : ring.slice(number - oldest);
    },
    snapshot: () => source.snapshot().map((event) => logged(event, sequence)),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      unsubscribe();
      listeners.clear();
    },
  };
}

/** One event of the text/event-stream format; JSON has no line breaks, so one data line is enough. */
export function frame(type: string, data: unknown, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}
