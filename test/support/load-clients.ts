/**
 * Clients over keep-alive connections. Closed loop: each sends its next request when the last was answered.
 * Open loop: requests fall due at a fixed rate whatever the answers take, and a latency counts from then, so
 * that a stall delays all that fell due meanwhile instead of hiding them.
 * Units: milliseconds.
 */
import { Pool } from 'undici';

export interface LoadReport {
  /** Sorted. */
  readonly latenciesMs: readonly number[];
  /** What came back instead of 200, by count. */
  readonly failures: Readonly<Record<string, number>>;
}

export interface Load {
  /** Lets requests in flight end. */
  stop(): Promise<LoadReport>;
}

export interface LoadOptions {
  readonly url: string;
  readonly connections: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: (index: number) => string;
  /** Pause of each client between an answer and its next request. */
  readonly thinkMs?: number;
  /** Requests a second over all connections: an open loop. */
  readonly perSecond?: number;
}

export function startLoad(options: LoadOptions): Load {
  const { url, connections, path, headers, body, thinkMs = 0, perSecond } = options;
  const pool = new Pool(url, { connections, pipelining: 1 });
  const latenciesMs: number[] = [];
  const failures: Record<string, number> = {};
  let running = true;
  let index = 0;

  async function once(): Promise<string | undefined> {
    const { statusCode, body: reply } = await pool.request({
      method: 'POST',
      path,
      headers,
      body: body(index++),
    });
    const text = await reply.text();
    return statusCode === 200 ? undefined : `${statusCode} ${/"code":"([^"]*)"/.exec(text)?.[1] ?? ''}`;
  }

  const opened = performance.now();
  let due = 0;

  /** When the next request starts to count. */
  async function turn(): Promise<number> {
    if (perSecond === undefined) return performance.now();
    const dueAt = opened + (due++ * 1_000) / perSecond;
    const waitMs = dueAt - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    return dueAt;
  }

  async function client(): Promise<void> {
    while (running) {
      const started = await turn();
      const failure = await once().catch((error: Error) => error.message);
      latenciesMs.push(performance.now() - started);
      if (failure !== undefined) failures[failure] = (failures[failure] ?? 0) + 1;
      if (thinkMs > 0) await new Promise((resolve) => setTimeout(resolve, thinkMs));
    }
  }

  const clients = Array.from({ length: connections }, client);
  return {
    async stop() {
      running = false;
      await Promise.all(clients);
      await pool.close();
      return { latenciesMs: latenciesMs.sort((a, b) => a - b), failures };
    },
  };
}

export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}
