/**
 * The deployment scripts, with the deployer's rights alone, against a real API server, real controllers and the real
 * service in containers: first deployment, promotion under traffic, a version that loses its market, and the way back.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outcome } from '../deploy/harness/harness.ts';
import { until } from '../deploy/harness/process.ts';
import { type Count, startTraffic, type Traffic } from '../deploy/harness/traffic.ts';
import type { Json } from '../deploy/support/manifests.ts';
import { unavailable } from '../support/container-engine.ts';
import { tempDir } from '../support/temp-dir.ts';
import type { Market } from './support/market.ts';
import { startWorld, type World } from './support/world.ts';

const reason = unavailable();
if (reason !== undefined)
  process.stderr.write(`\n!!! NOT VERIFIED: deployments in the cluster: ${reason}\n\n`);

const ROUTE = '/apis/gateway.networking.k8s.io/v1/namespaces/production/httproutes/bayesian-var';
const PER_SECOND = 30;
const stack = new AsyncDisposableStack();
let world: World;
let traffic: Traffic;
let market: Market;
let manifest: string;

async function weights(): Promise<Record<string, number>> {
  const { body } = await world.plane.api.get(ROUTE);
  const refs: Json[] = body.spec.rules.find((rule: Json) => rule.backendRefs.length === 2).backendRefs;
  return Object.fromEntries(refs.map(({ name, weight }) => [name.replace('bayesian-var-', ''), weight]));
}

async function seen(expression: string): Promise<number> {
  const url = `${world.monitoring.prometheusUrl}/api/v1/query?query=${encodeURIComponent(expression)}`;
  const answer = (await (await fetch(url)).json()) as Json;
  return Number(answer.data?.result?.[0]?.value?.[1] ?? 0);
}

async function calm(requests: number): Promise<boolean> {
  let sent = 0;
  while (sent < requests) {
    await pause(500);
    const count = await traffic.take();
    if (count.lost > 0) return false;
    sent += count.sent;
  }
  return true;
}

function tell(what: string, outcome: Outcome, { sent, lost, reasons }: Count): void {
  const back = outcome.report?.rollback;
  if (lost > 0) console.log(world.gateway.troubles().slice(-Math.min(lost, 5)).join('\n'));
  const trigger = outcome.report?.timeline?.find((entry: Json) => entry.event === 'trigger');
  if (trigger !== undefined) console.log(`${what}: ${JSON.stringify(trigger)}`);
  const how = back == null ? '' : `, ${back.trigger}, traffic back in ${back.ms} ms`;
  console.log(
    `${what}: exit ${outcome.code} in ${outcome.seconds.toFixed(1)} s, ${sent} requests, ${lost} lost ${JSON.stringify(reasons)}${how}`,
  );
}

describe.skipIf(reason !== undefined)('deployments in a cluster', () => {
  beforeAll(async () => {
    world = stack.use(await startWorld(stack.use(tempDir('cluster')).path));
    market = await world.market();
    manifest = world.manifest(market);
  });
  afterAll(() => stack.disposeAsync());

  it('bootstraps blue in an empty cluster, as an administrator', async () => {
    const admin = { KUBECONFIG: world.plane.kubeconfig('admin', 'admin-of-the-test'), MANIFEST: manifest };
    const image = await world.image();
    const dry = await world.script('bootstrap.sh', ['--image', image, '--dry-run'], admin);
    expect(dry.code, dry.log).toBe(0);
    const outcome = await world.script('bootstrap.sh', ['--image', image], admin);
    expect(outcome.code, outcome.log).toBe(0);
    console.log(`blue ready in ${outcome.seconds.toFixed(1)} s`);
    expect(await weights()).toEqual({ blue: 100, green: 0 });
    await until('prometheus to see the live colour', async () => {
      const watchdog = await seen('count(ALERTS{alertname="Watchdog",alertstate="firing"})');
      return (await seen('count(bvar_build_info{color="blue"})')) === 2 && watchdog === 1;
    });
    traffic = stack.use(startTraffic(world.gateway.url, PER_SECOND));
    // A pod that has just started may be ready and still prove its market; the promotion begins in calm weather.
    await until('100 requests in a row that are answered', () => calm(100), 120_000);
    await until(
      'sandboxes',
      async () => (await seen('sum(bvar_e2b_sandboxes{state="healthy"})')) >= 2,
      60_000,
    );
  });

  it('promotes a good version without losing a request', async () => {
    await traffic.take();
    const outcome = await world.script('production_deployment.sh', ['--image', await world.image()], {
      MANIFEST: manifest,
    });
    const counts = await traffic.take();
    tell('promotion', outcome, counts);
    expect(outcome.code, outcome.log).toBe(0);
    expect(await weights()).toEqual({ blue: 0, green: 100 });
    expect(counts.sent).toBeGreaterThan(500);
    expect(counts.reasons).toEqual({});
  });

  it('validates the live colour', async () => {
    const outcome = await world.script('deployment_validation.sh', [], { MANIFEST: manifest });
    expect(outcome.code, outcome.log).toBe(0);
  });

  it('refuses a weight write that did not see the weights it overwrites', async () => {
    const path = '/spec/rules/2/backendRefs/0/weight';
    const patch = [
      { op: 'test', path, value: 77 },
      { op: 'replace', path, value: 100 },
    ];
    const { code } = await world.plane.kubectl(
      ['patch', 'httproute', 'bayesian-var', '--type', 'json', '--patch', JSON.stringify(patch)],
      '',
      world.deployer,
    );
    expect(code).not.toBe(0);
    expect(await weights()).toEqual({ blue: 0, green: 100 });
  });

  it('goes back by hand to the colour that was parked', async () => {
    await traffic.take();
    const outcome = await world.script('zero_downtime_rollback.sh', ['--reason', 'drill'], {
      MANIFEST: manifest,
    });
    const counts = await traffic.take();
    tell('rollback by hand', outcome, counts);
    expect(outcome.code, outcome.log).toBe(10);
    expect(await weights()).toEqual({ blue: 100, green: 0 });
    expect(counts.lost / counts.sent).toBeLessThanOrEqual(0.001);
  });

  it('rolls back a version that loses its market, at most one request in a thousand lost', async () => {
    await traffic.take();
    const own = await world.market();
    const deploying = world.script('production_deployment.sh', ['--image', await world.image()], {
      MANIFEST: world.manifest(own),
    });
    await until('traffic at the new version', async () => (await weights())['green'] === 1, 300_000);
    await own[Symbol.asyncDispose]();
    const outcome = await deploying;
    const counts = await traffic.take();
    tell('market lost', outcome, counts);
    expect(outcome.code, outcome.log).toBe(10);
    expect(await weights()).toEqual({ blue: 100, green: 0 });
    expect(counts.lost / counts.sent).toBeLessThanOrEqual(0.001);
  });

  it('was never denied a right', () => {
    const calls = world.plane.audit();
    // kubectl asks after the namespace when it creates something, and goes on without an answer.
    const denied = calls.filter(({ code, resource }) => code === 403 && resource !== 'namespaces');
    expect(denied).toEqual([]);
    const rights = new Set(calls.map(({ verb, resource }) => `${verb} ${resource}`));
    console.log(`${calls.length} requests of the deployer: ${[...rights].toSorted().join(', ')}`);
  });
});
