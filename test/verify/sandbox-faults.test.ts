/**
 * The promise of training (95 % of jobs within 30 s, fewer than 5 % failed) under a mix of faults: the pool as
 * the service builds it, its real limits and clock, the real SDK on the wire, the real trainer. Failed is
 * also a job whose result is not its own. Each call meets a fault with the chance that stands in `CHANCES`,
 * by a stream of its own per kind of call; lost sandboxes are what users of the provider report (1 to 3 % of
 * runs), everything else is set higher than anything reported.
 */
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { TRAINING_SCHEMA, type TrainingDocument } from '#domain/training/training-job.ts';
import { createSandboxPool } from '#engine/sandbox-pool.ts';
import type { PoolEvent } from '#engine/sandbox-pool-types.ts';
import { createRandom } from '#math/random.ts';
import { createE2bProvider } from '#sandbox/e2b-provider.ts';
import { bundleTrainer } from '#sandbox/trainer-program.ts';
import { type E2bFault, startE2bDouble } from '../support/e2b-double.ts';
import type { E2bRoute } from '../support/e2b-wire.ts';

const SEED = 30;
const JOBS = 200;
const SANDBOXES = 3;
const BARS = 200;
const HOLDOUT = 60;
const PROMISE_MS = 30_000;
const PROMISED_FAILURES = 0.05;

type Chance = readonly [share: number, fault: E2bFault];
const busy: E2bFault = { kind: 'status', status: 503 };
const limited: E2bFault = { kind: 'status', status: 429, retryAfterS: 1 };
const cut: E2bFault = { kind: 'cut' };
const hang: E2bFault = { kind: 'hang' };

/** `start` is met by every command: the trainer's, and the check of a new sandbox. */
const CHANCES: Readonly<Partial<Record<E2bRoute, readonly Chance[]>>> = {
  create: [
    [0.1, busy],
    [0.05, limited],
    [0.05, cut],
  ],
  write: [
    [0.015, busy],
    [0.015, limited],
    [0.01, cut],
    [0.003, hang],
  ],
  start: [
    [0.025, { kind: 'vanish' }],
    [0.01, cut],
    [0.003, hang],
    [0.005, { kind: 'result', body: Buffer.from('{"jobId":"another"}') }],
  ],
  stat: [
    [0.01, { kind: 'status', status: 500 }],
    [0.01, cut],
  ],
  read: [
    [0.01, { kind: 'status', status: 502 }],
    [0.01, cut],
  ],
  health: [
    [0.03, { kind: 'status', status: 500 }],
    [0.01, hang],
  ],
};

/** What each call of the wire meets, and how often each fault was met. */
function faultMix() {
  const routes = Object.keys(CHANCES) as E2bRoute[];
  const streams = new Map(routes.map((route, at) => [route, createRandom(SEED, at)]));
  const met = new Map<string, number>();
  return {
    met,
    meets(route: E2bRoute): E2bFault | undefined {
      let draw = streams.get(route)?.uniform() ?? 1;
      for (const [share, fault] of CHANCES[route] ?? []) {
        draw -= share;
        if (draw >= 0) continue;
        const name = `${route} ${fault.kind === 'status' ? fault.status : fault.kind}`;
        met.set(name, (met.get(name) ?? 0) + 1);
        return fault;
      }
      return undefined;
    },
  };
}

function trainingDocument(seed: number): TrainingDocument {
  const random = createRandom(SEED, seed);
  const logReturn = Array.from({ length: BARS }, () => 0.01 * random.normal());
  return {
    schema: TRAINING_SCHEMA,
    jobId: randomUUID(),
    symbol: 'BTCUSDT',
    intervalMs: 300_000,
    particles: 64,
    seed,
    holdout: HOLDOUT,
    confidences: [0.95, 0.99],
    openTimeMs: logReturn.map((_, at) => at * 300_000),
    logReturn,
    realisedVariance: logReturn.map((value) => value * value),
    elapsedBars: logReturn.map(() => 1),
  };
}

const jobIdOf = (result: Uint8Array) =>
  (JSON.parse(Buffer.from(result).toString()) as { jobId: string }).jobId;

it(`${JOBS} training jobs, 13 % of attempts and 20 % of creations hit by a fault: P95 under 30 s, under 5 % failed`, async () => {
  const mix = faultMix();
  const e2b = await startE2bDouble(mix.meets);
  const events: PoolEvent[] = [];
  const pool = createSandboxPool({
    provider: createE2bProvider({
      apiKey: e2b.apiKey,
      template: 'base',
      program: await bundleTrainer(),
      apiUrl: e2b.url,
      sandboxUrl: e2b.url,
    }),
    size: SANDBOXES,
    tag: { app: 'bayesian-var', env: 'test', poolId: 'faults' },
    instanceId: 'one',
    liveInstances: async () => new Set(['one']),
    onEvent: (event) => events.push(event),
  });
  try {
    await pool.start();
    const triesOf = (jobId: string) =>
      events.reduce(
        (tries, event) => (event.kind === 'job' && event.jobId === jobId ? event.attempts : tries),
        0,
      );
    const tookMs: number[] = [];
    const failures: string[] = [];
    let retried = 0;
    let next = 0;
    const caller = async () => {
      while (next < JOBS) {
        const document = trainingDocument(next++);
        const startedMs = performance.now();
        const run = await pool.submit({
          id: document.jobId,
          input: Buffer.from(JSON.stringify(document)),
        });
        tookMs.push(performance.now() - startedMs);
        if (!run.ok) failures.push(`${run.fault.stage} ${run.fault.kind}, ${triesOf(document.jobId)} tries`);
        else if (jobIdOf(run.value.result) !== document.jobId) failures.push('another result');
        else if (run.value.attempts > 1) retried++;
      }
    };
    await Promise.all(Array.from({ length: SANDBOXES }, caller));

    const sorted = tookMs.toSorted((a, b) => a - b);
    const quantile = (share: number) => sorted[Math.ceil(share * JOBS) - 1]!;
    const failed = failures.length / JOBS;
    const seconds = [0.5, 0.95, 0.99, 1].map((share) => (quantile(share) / 1000).toFixed(1));
    console.log(
      `P50, P95, P99, worst: ${seconds.join(', ')} s; failed ${(100 * failed).toFixed(1)} % (${failures.join('; ')}); ` +
        `${retried} saved by their second try; ${e2b.created} sandboxes made; met: ` +
        [...mix.met].map(([name, count]) => `${name} ${count}`).join(', '),
    );
    expect(quantile(0.95)).toBeLessThan(PROMISE_MS);
    expect(failed).toBeLessThan(PROMISED_FAILURES);
    // The mix was one: jobs were saved by the second try, sandboxes were lost and not always made at once.
    expect(retried).toBeGreaterThan(JOBS * 0.05);
    expect(events.filter(({ kind }) => kind === 'lost').length).toBeGreaterThan(0);
    expect(events.filter(({ kind }) => kind === 'create-failed').length).toBeGreaterThan(0);
  } finally {
    await pool.close();
    await e2b.close();
  }
});
