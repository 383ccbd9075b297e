/** Small tools of the harness: free ports, waiting for a condition with a deadline, ending a process. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Asks again and again until the condition holds; refusals and errors count as "not yet". */
export async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  deadlineMs = 30_000,
): Promise<void> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    try {
      if (await holds()) return;
    } catch {
      // Not there yet.
    }
    if (performance.now() > end) throw new Error(`${what}: not within ${deadlineMs} ms`);
    await pause(50);
  }
}

export async function stopped(child: ChildProcess, graceMs = 5_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await gone;
  clearTimeout(timer);
}
