/** Starts test/support/http-server.ts as a child and waits until it listens. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface HttpProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Exit code and signal. */
  readonly exited: Promise<readonly [number | null, NodeJS.Signals | null]>;
}

export async function startHttpProcess(env: Record<string, string> = {}): Promise<HttpProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'http-server.ts')], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line'),
    exited.then(([code]) => Promise.reject(new Error(`the server left with ${code}`))),
  ])) as [string];
  return { url: (JSON.parse(line) as { url: string }).url, child, exited };
}
