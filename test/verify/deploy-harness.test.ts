/**
 * The deployment scripts against two colours of real processes behind a real HAProxy, with real Prometheus and
 * Alertmanager, fake Slack and PagerDuty, and callers that never stop. The cluster is a stand-in (see harness/cluster):
 * what this shows is the scripts, the rules and the routes, not Kubernetes.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Drill } from '../deploy/harness/drill.ts';
import { type Harness, startHarness } from '../deploy/harness/harness.ts';
import { until } from '../deploy/harness/process.ts';
import type { Json } from '../deploy/support/manifests.ts';
import { haveTools } from '../deploy/support/outside-tool.ts';
import { allowed } from '../deploy/support/role.ts';

let harness: Harness;
let drill: Drill;

const tools = haveTools('haproxy', 'prometheus', 'prometheus-alertmanager', 'jq', 'curl');

describe.skipIf(!tools)('a deployment', () => {
  beforeAll(async () => {
    harness = await startHarness();
    drill = new Drill(harness);
  });
  afterAll(() => harness[Symbol.asyncDispose]());

  it('of a good image is promoted step by step without losing a request', async () => {
    const { outcome, counts } = await drill.deploy('none');
    expect(outcome.code, outcome.log).toBe(0);
    expect(counts.lost).toBe(0);
    expect(counts.sent).toBeGreaterThan(300);
    expect(outcome.report.steps.map((step: Json) => step.weight)).toEqual([10, 50, 100]);
    expect(outcome.report.gates.filter((gate: Json) => gate.verdict !== 'pass')).toEqual([]);
    expect(drill.live()).toBe('green');
    expect(harness.cluster.deployment('blue').spec.replicas).toBe(0);
    expect(harness.cluster.get('HorizontalPodAutoscaler', 'bayesian-var-green').spec.minReplicas).toBe(2);
  });

  it('of the image that already serves changes nothing', async () => {
    const image = harness.cluster.deployment(drill.live()).spec.template.spec.containers[0].image;
    const before = harness.cluster.writes.length;
    const outcome = await harness.script('production_deployment.sh', ['--image', image]);
    expect([outcome.code, outcome.report.decision]).toEqual([0, 'nothing-to-do']);
    expect(harness.cluster.writes.length).toBe(before);
  });

  it('as a dry run says its plan and changes nothing', async () => {
    const before = harness.cluster.writes.length;
    const outcome = await harness.script('production_deployment.sh', [
      '--image',
      harness.image(),
      '--dry-run',
    ]);
    expect([outcome.code, outcome.report.decision]).toEqual([0, 'planned']);
    expect(outcome.log).toContain('10,50,100');
    expect(harness.cluster.writes.length).toBe(before);
  });

  it.each([
    ['an image by tag', ['--image', 'registry.example.com/risk/bayesian-var:latest'], 'preflight-image'],
    [
      'the placeholder digest',
      ['--image', `registry.example.com/x@sha256:${'0'.repeat(64)}`],
      'preflight-image',
    ],
  ])('of %s is refused before anything is touched', async (_, args, gate) => {
    const before = harness.cluster.writes.length;
    const outcome = await harness.script('production_deployment.sh', args);
    expect([outcome.code, outcome.report.decision]).toEqual([11, 'refused']);
    expect(outcome.report.gates.filter((g: Json) => g.verdict === 'fail').map((g: Json) => g.name)).toEqual([
      gate,
    ]);
    expect(harness.cluster.writes.length).toBe(before);
  });

  it('with a placeholder among the secrets is refused', async () => {
    const secret = harness.cluster.get('Secret', 'bayesian-var-secrets-v1');
    const kept = secret.data.E2B_API_TOKEN;
    secret.data.E2B_API_TOKEN = Buffer.from('REPLACE_ME').toString('base64');
    const outcome = await harness.script('production_deployment.sh', ['--image', harness.image()]);
    secret.data.E2B_API_TOKEN = kept;
    expect(outcome.code).toBe(11);
    expect(outcome.log).toContain('E2B_API_TOKEN is a placeholder');
  });

  it('beside another one is locked out', async () => {
    const lease = harness.cluster.get('Lease', 'bayesian-var-deployment');
    lease.spec = {
      holderIdentity: 'elsewhere:1:x',
      renewTime: new Date().toISOString().replace('Z', '000Z'),
      leaseDurationSeconds: 60,
    };
    const outcome = await harness.script('production_deployment.sh', ['--image', harness.image()]);
    lease.spec = {};
    expect([outcome.code, outcome.report.decision]).toEqual([13, 'locked']);
    expect(drill.live()).toBe('green');
  });

  it('of an image that fails 5 % of requests is rolled back by itself, told to Slack and PagerDuty', async () => {
    harness.receivers.messages.length = 0;
    const { outcome, counts } = await drill.deploy('errors');
    expect([outcome.code, outcome.report.rollback.trigger], outcome.log).toEqual([10, 'error-rate']);
    expect(outcome.report.rollback.ms).toBeLessThan(5_000);
    expect(counts.lost).toBeLessThan(counts.sent * 0.05);
    expect(drill.live()).toBe('green');
    expect(harness.cluster.deployment('blue').spec.replicas).toBe(0);
    const incident = harness.receivers.messages.find((message) => message.path === '/incidents');
    expect(incident?.headers['authorization']).toBe('Token token=api-key');
    expect(incident?.body.incident).toMatchObject({
      type: 'incident',
      urgency: 'high',
      service: { id: 'PSERVICE' },
    });
    expect(harness.receivers.messages.filter((message) => message.path === '/slack').length).toBeGreaterThan(
      1,
    );
    expect(outcome.report.notifications.every((sent: Json) => sent.status === 'sent')).toBe(true);
  });

  it('of an image that loses its feed is rolled back for the broken rule, even when nobody can be told', async () => {
    harness.receivers.broken = true;
    const { outcome, counts } = await drill.deploy('feed');
    harness.receivers.broken = false;
    expect([outcome.code, outcome.report.rollback.trigger], outcome.log).toEqual([10, 'compliance']);
    expect(outcome.report.notifications.some((sent: Json) => sent.status === 'failed')).toBe(true);
    expect(counts.lost).toBe(0);
    expect(drill.live()).toBe('green');
  });

  it('of an image whose health hangs is rolled back after the time-out, not before', async () => {
    const { outcome, counts } = await drill.deploy('hang');
    expect([outcome.code, outcome.report.rollback.trigger], outcome.log).toEqual([10, 'health']);
    const stamp = (event: string): number =>
      Date.parse(outcome.report.timeline.find((entry: Json) => entry.event === event).at);
    expect(stamp('trigger') - stamp('weights')).toBeGreaterThanOrEqual(3_000);
    expect(counts.lost).toBe(0);
    expect(drill.live()).toBe('green');
  });

  it('of an image with a poor model never gets a request', async () => {
    const { outcome, counts } = await drill.deploy('accuracy', { GATE_SECONDS: '6' });
    expect([outcome.code, outcome.report.rollback.trigger], outcome.log).toEqual([10, 'gates-fail']);
    expect(outcome.report.timeline.filter((entry: Json) => entry.detail === 'blue=10')).toEqual([]);
    expect(counts.lost).toBe(0);
  });

  it('of an image that never becomes ready ends with its own exit code', async () => {
    const { outcome, counts } = await drill.deploy('never-ready', { READY_SECONDS: '3' });
    expect([outcome.code, outcome.report.rollback.trigger], outcome.log).toEqual([12, 'never-ready']);
    expect(counts.lost).toBe(0);
    expect(harness.cluster.deployment('blue').spec.replicas).toBe(0);
  });

  it('that goes blind is rolled back: no data is not success', async () => {
    const running = drill.deploy('none', { SOAK_SECONDS: '4' });
    await until('traffic at the new colour', () => harness.cluster.weights().blue > 0, 60_000);
    await harness.monitoring.stopPrometheus();
    const { outcome, counts } = await running;
    await harness.monitoring.startPrometheus();
    await drill.monitored();
    expect([outcome.code, outcome.report.rollback.trigger], outcome.log).toEqual([10, 'no-data']);
    expect(counts.lost).toBe(0);
    expect(drill.live()).toBe('green');
  });

  it('needs no right that the deployer lacks', onlyAllowed);
});

/** The role says what the scripts may do; here is what they did. */
function onlyAllowed(): void {
  expect(harness.cluster.needed.size).toBeGreaterThan(10);
  expect([...harness.cluster.needed.values()].filter((right) => !allowed(right))).toEqual([]);
}

describe.skipIf(!tools)('after a promotion', () => {
  beforeAll(async () => {
    harness = await startHarness();
    drill = new Drill(harness);
  });
  afterAll(() => harness[Symbol.asyncDispose]());

  it('all nine checks pass on the live colour', async () => {
    const outcome = await harness.script('deployment_validation.sh');
    expect([outcome.code, outcome.report.decision], outcome.log).toEqual([0, 'pass']);
    expect(outcome.report.gates.map((gate: Json) => gate.name)).toEqual([
      'health-endpoints',
      'real-data',
      'e2b-sandboxes',
      'model-accuracy',
      'performance',
      'error-rate',
      'security',
      'resources',
      'compliance',
    ]);
    drill.valid(outcome.report);
  });

  it('the sandbox monitor reports health', async () => {
    const outcome = await harness.script('e2b_production_monitor.sh', ['--once']);
    expect([outcome.code, outcome.report.decision], outcome.log).toEqual([0, 'healthy']);
    drill.valid(outcome.report);
  });

  it('without a gateway the overlap driver promotes as well', async () => {
    harness.cluster.overlap = true;
    const { outcome, counts } = await drill.deploy('none', { TRAFFIC_DRIVER: 'overlap', STEPS: '50,100' });
    expect(outcome.code, outcome.log).toBe(0);
    expect(outcome.report.driver).toBe('overlap');
    expect(counts.lost).toBe(0);
    expect(harness.cluster.get('Service', 'bayesian-var').spec.selector).toEqual({
      app: 'bayesian-var',
      color: 'green',
    });
    expect(harness.cluster.deployment('blue').spec.replicas).toBe(0);
  });

  it('a manual rollback starts the parked colour, proves it, and moves traffic back without losing a request', async () => {
    await harness.traffic.take();
    const outcome = await harness.script('zero_downtime_rollback.sh', ['--reason', 'drill'], {
      TRAFFIC_DRIVER: 'overlap',
    });
    const counts = await harness.traffic.take();
    drill.tell('manual rollback', outcome, counts);
    expect([outcome.code, outcome.report.rollback.trigger], outcome.log).toEqual([10, 'drill']);
    expect(counts.lost).toBe(0);
    expect(harness.cluster.get('Service', 'bayesian-var').spec.selector.color).toBe('blue');
    expect(harness.cluster.deployment('green').spec.replicas).toBe(0);
    drill.valid(outcome.report);
  });

  it('a second manual rollback finds nothing to do', async () => {
    const outcome = await harness.script('zero_downtime_rollback.sh', [], { TRAFFIC_DRIVER: 'overlap' });
    expect([outcome.code, outcome.report.decision]).toEqual([0, 'nothing-to-do']);
  });

  it('needs no right that the deployer lacks, by the overlap driver either', onlyAllowed);
});
