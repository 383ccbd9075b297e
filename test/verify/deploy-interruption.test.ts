/** A deployment script that dies, at any point: what is left serves callers, and --resume or a rollback finishes it. */
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Drill } from '../deploy/harness/drill.ts';
import { type Harness, startHarness } from '../deploy/harness/harness.ts';
import { until } from '../deploy/harness/process.ts';
import type { Fault } from '../deploy/harness/stand-in-pod.ts';
import { haveTools } from '../deploy/support/outside-tool.ts';

const QUICK = { STEPS: '50,100', SOAK_SECONDS: '1', WATCH_SECONDS: '1' };
const DEPLOYMENT = 'production_deployment.sh';

let harness: Harness;
let drill: Drill;

/** Starts a deployment and sends the signal as soon as it has written that it is in the phase. */
async function interrupt(
  phase: string,
  signal: NodeJS.Signals,
  fault: Fault = 'none',
): Promise<number | null> {
  const child = harness.spawn(DEPLOYMENT, ['--image', harness.image(fault)], QUICK);
  child.stderr?.resume();
  const gone = once(child, 'exit');
  await until(`phase ${phase}`, () => drill.phase() === phase, 60_000);
  child.kill(signal);
  const [code] = (await gone) as [number | null];
  return code;
}

const tools = haveTools('haproxy', 'prometheus', 'prometheus-alertmanager', 'jq', 'curl');

describe.skipIf(!tools)('a deployment script', () => {
  beforeAll(async () => {
    harness = await startHarness();
    drill = new Drill(harness);
  });
  afterAll(() => harness[Symbol.asyncDispose]());

  it.each(['green-apply', 'green-ready', 'gates', 'steps', 'watch', 'drain-old'])(
    'killed in phase %s is resumed to the end without losing a request',
    async (phase) => {
      const before = drill.live();
      await harness.traffic.take();
      await interrupt(phase, 'SIGKILL');
      const outcome = await harness.script(DEPLOYMENT, ['--resume'], QUICK);
      const counts = await harness.traffic.take();
      drill.tell(`killed in ${phase}, resumed`, outcome, counts);
      drill.valid(outcome.report);
      expect([outcome.code, outcome.report.decision], outcome.log).toEqual([0, 'promoted']);
      expect(drill.live()).not.toBe(before);
      expect(harness.cluster.deployment(before).spec.replicas).toBe(0);
      expect(counts.lost).toBe(0);
    },
  );

  it('killed during a rollback is resumed to its end', async () => {
    const before = drill.live();
    await interrupt('rollback', 'SIGKILL', 'feed');
    const outcome = await harness.script(DEPLOYMENT, ['--resume'], QUICK);
    expect([outcome.code, outcome.report.rollback.trigger], outcome.log).toEqual([10, 'compliance']);
    expect(drill.live()).toBe(before);
  });

  it('killed half way can be rolled back by hand instead', async () => {
    const before = drill.live();
    await harness.traffic.take();
    await interrupt('watch', 'SIGKILL');
    const refused = await harness.script(DEPLOYMENT, ['--image', harness.image()], QUICK);
    expect([refused.code, refused.report.decision], refused.log).toEqual([11, 'refused']);
    const outcome = await harness.script('zero_downtime_rollback.sh');
    const counts = await harness.traffic.take();
    drill.tell('killed in watch, rolled back by hand', outcome, counts);
    expect(outcome.code, outcome.log).toBe(10);
    expect(outcome.report.rollback.ms).toBeLessThan(5_000);
    expect(drill.live()).toBe(before);
    expect(counts.lost).toBe(0);
  });

  it('asked to stop restores the old colour first', async () => {
    const before = drill.live();
    await harness.traffic.take();
    const code = await interrupt('steps', 'SIGTERM');
    const counts = await harness.traffic.take();
    expect(code).toBe(30);
    expect(drill.live()).toBe(before);
    expect(counts.lost).toBe(0);
  });
});
