/** The three probes of a container over HTTPS, with the periods and thresholds of its manifest, as a kubelet asks. */
import { Agent, request } from 'undici';
import type { Json } from '../../deploy/support/manifests.ts';

export interface Probe {
  state(): { isReady: boolean; startedAt: string | undefined; restarts: number };
  started(): void;
  /** The container has ended by itself or because it failed its probes. */
  ended(): void;
  stop(): void;
}

/** A kubelet does not check the certificate of what it probes. */
const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });

async function answers(probe: Json, ip: string, ports: Json[]): Promise<boolean> {
  const { path, port, scheme } = probe.httpGet;
  const { containerPort } = ports.find(({ name }) => name === port);
  const url = `${String(scheme).toLowerCase()}://${ip}:${containerPort}${path}`;
  const signal = AbortSignal.timeout(probe.timeoutSeconds * 1000);
  try {
    const { statusCode, body } = await request(url, { dispatcher, signal });
    await body.dump();
    return statusCode >= 200 && statusCode < 400;
  } catch {
    return false;
  }
}

export function watchProbes(container: Json, ip: string, end: () => Promise<void>): Probe {
  let [startedAt, isStarted, isReady, restarts] = [undefined as string | undefined, false, false, 0];
  const timers = new Set<NodeJS.Timeout>();
  const every = (probe: Json, judge: (good: boolean, failures: number) => void): void => {
    let failures = 0;
    let asking = false;
    const timer = setInterval(async () => {
      if (asking || startedAt === undefined) return;
      asking = true;
      const good = await answers(probe, ip, container.ports);
      asking = false;
      failures = good ? 0 : failures + 1;
      if (timers.has(timer)) judge(good, failures);
    }, probe.periodSeconds * 1000);
    timers.add(timer);
  };
  every(container.startupProbe, (good, failures) => {
    if (isStarted) return;
    if (good) isStarted = true;
    else if (failures === container.startupProbe.failureThreshold) void end();
  });
  every(container.readinessProbe, (good, failures) => {
    if (isStarted && good) isReady = true;
    if (failures >= container.readinessProbe.failureThreshold) isReady = false;
  });
  every(container.livenessProbe, (_, failures) => {
    if (isStarted && failures === container.livenessProbe.failureThreshold) void end();
  });
  return {
    state: () => ({ isReady, startedAt, restarts }),
    started: () => {
      startedAt = `${new Date().toISOString().slice(0, 19)}Z`;
    },
    ended: () => {
      restarts += 1;
      [isStarted, isReady] = [false, false];
    },
    stop: () => {
      for (const timer of timers) clearInterval(timer);
      timers.clear();
    },
  };
}
