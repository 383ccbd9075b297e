/** The whole service as a child process against an exchange, as a user runs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface RunningService {
  readonly url: string;
  readonly child: ChildProcess;
  /** Every log line so far. */
  readonly lines: readonly string[];
  readonly exited: Promise<readonly [number | null, NodeJS.Signals | null]>;
  get(path: string): Promise<Response>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Resolves when /health/ready answers 200. */
  ready(withinMs?: number): Promise<void>;
  stop(): Promise<number | null>;
}

export interface ServiceOptions {
  readonly exchange: { readonly url: string; readonly wsUrl: string };
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
}

export const DEV_TOKEN = 'development-token-for-tests';

/** Few particles: what is tested here is the service, not the statistics. */
const QUICK = { PARTICLES: '96', WORKER_THREADS: '1', DRAIN_MS: '1000', SANDBOX_POOL_SIZE: '1' };

export async function startService({ exchange, dataDir, env = {} }: ServiceOptions): Promise<RunningService> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../src/main.ts')], {
    env: {
      PATH: process.env['PATH'],
      HOST: '127.0.0.1',
      PORT: '0',
      METRICS_PORT: '0',
      DATA_DIR: dataDir,
      BVAR_DEV_TOKEN: DEV_TOKEN,
      BINANCE_WS_URL: exchange.wsUrl,
      BINANCE_REST_URL: exchange.url,
      ...QUICK,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const lines: string[] = [];
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      const found = /"url":"([^"]+)".*"msg":"listening"/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    void exited.then(([code]) => reject(new Error(`the service left with ${code}: ${complaint}`)));
  });
  const headers = { authorization: `Bearer ${DEV_TOKEN}` };
  return {
    url,
    child,
    lines,
    exited,
    get: (path) => fetch(`${url}${path}`, { headers }),
    post: (path, body, more = {}) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', ...more },
        body: JSON.stringify(body),
      }),
    async ready(withinMs = 60_000) {
      const deadline = performance.now() + withinMs;
      for (;;) {
        const status = await fetch(`${url}/health/ready`).then(
          (response) => response.status,
          () => 0,
        );
        if (status === 200) return;
        if (performance.now() > deadline)
          throw new Error(`not ready in ${withinMs} ms: ${lines.slice(-5).join('\n')}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async stop() {
      child.kill('SIGTERM');
      const [code] = await exited;
      return code;
    },
  };
}
