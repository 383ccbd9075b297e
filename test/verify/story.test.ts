/**
 * The whole story on the running service: the market changes, accuracy falls, the service trains a new model
 * in a sandbox by itself, a challenger passes the gates and is promoted without a failed request, accuracy
 * recovers, answers and forecasts carry the challenger's name from its promotion on, and the audit log tells
 * all of it and verifies, by the route and by the command.
 *
 * The exchange's clock runs as clocks do until the service is ready and then fast, but waits for each bar to
 * reach the posteriors and for each training, so that a slow machine sees the same bars, all forecast; the service knows nothing of
 * it. The market is GARCH-t by the minute. Unrest is a market that
 * falls all but silent and wakes again every eight bars: a forecast is always of the market that was, and
 * PITs crowd in the middle. It lasts until the accuracy figure is well below its bar, then the market calms.
 * Gates may refuse a challenger whose holdout is the unrest; the alarm stands, and another one follows.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { posteriorShape, splitState } from '#domain/posterior/state-layout.ts';
import { createExchange, type Exchange } from '#exchange/exchange.ts';
import { fitName } from '#memory/fit-name.ts';
import { viewImage } from '#memory/model-image.ts';
import { openStore } from '#store/open-store.ts';
import { type Load, startLoad } from '../support/load-clients.ts';
import { DEV_TOKEN, type RunningService, startService } from '../support/running-service.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

const SYMBOL = 'BTCUSDT';
const MODEL = `${SYMBOL}:1m`;
const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 2, 2);
/** Market seconds per second while the service keeps up, and the share of a bar that it may lag behind. */
const SPEED = 720;
/** The same while the alarm stands: retraining is asked for in rounds of seconds, some fifteen bars apart then. */
const ALARM_SPEED = 180;
const LAG_BARS = 1.25;
const PACE_MS = 20;
/** Bars of one volatility during the unrest, and its two levels. */
const UNREST_BARS = 8;
const UNREST_MOST = 400;
const CHANGES_MOST = 3;
const LEVELS = [0.02, 1];
const LEAST = 95;
/** Where the unrest ends: far enough below the bar that the alarm stands for hundreds of bars. */
const DEEP = 94;
const WITHIN = { timeout: 240_000, interval: 250 };
/** A tabulated horizon, and one on demand, which takes about as long as an epoch lives here. */
const PARTICLES = 256;
const BOOK = {
  positions: [{ symbol: SYMBOL, quantity: '1' }],
  confidence: [0.99],
  horizon: ['PT1M', 'PT5M'],
};

interface AuditItem {
  readonly action: string;
  readonly actor: string;
  readonly subject: string;
  readonly outcome: string;
  readonly atMs: number;
  readonly chain: string;
  readonly seq: number;
  readonly details: {
    readonly result?: string;
    readonly trigger?: string;
    readonly job?: string;
    readonly version?: string;
    readonly actor?: string;
  };
}

let exchange: Exchange;
let folder: TempDir;
let service: RunningService;
let load: Load | undefined;
let pacing: Promise<void> | undefined;
let paced = true;
let speed = SPEED;
/** Versions that answers carried, in order, each run of equal ones once. */
const spoken: string[] = [];

async function figures(): Promise<{ forecasts: number; accuracy: number }> {
  const text = await (await fetch(`${service.url}/metrics`)).text();
  const value = (name: string) =>
    Number(new RegExp(`^${name}\\{[^}]*model="${MODEL}"[^}]*\\} (\\S+)`, 'm').exec(text)?.[1] ?? Number.NaN);
  return {
    forecasts: value('bvar_model_accuracy_samples'),
    accuracy: 100 * value('bvar_model_accuracy_ratio'),
  };
}

/** Oldest first. */
async function audit(action: string): Promise<AuditItem[]> {
  const reply = await service.get(`/v1/audit?action=${action}&limit=200`);
  return ((await reply.json()) as { items: AuditItem[] }).items.toReversed();
}

async function trainings(...results: string[]): Promise<AuditItem[]> {
  return (await audit('model.train')).filter(({ details }) => results.includes(details.result ?? ''));
}

async function model() {
  return (await (await service.get(`/v1/models/${MODEL}`)).json()) as {
    running?: string;
    versions: { version: string; role: string; facts: { sandbox?: { id: string } } }[];
  };
}

/** Whether a training is asked for or under way: at the speed of a real market it is over within a bar. */
async function training(): Promise<boolean> {
  const reply = await service.get('/v1/jobs?limit=1');
  const { items } = (await reply.json()) as { items: { state: string }[] };
  return items.some(({ state }) => state === 'queued' || state === 'running');
}

/** Runs the exchange's clock fast while the newest bar is in the posteriors and nothing is trained, else slow. */
async function pace(): Promise<void> {
  while (paced) {
    const reply = await service.get(`/v1/var/${SYMBOL}?horizon=PT1M`).catch(() => undefined);
    const { dataAsOfMs = Number.NaN, model } = ((await reply?.json()) ?? {}) as {
      dataAsOfMs?: number;
      model?: { version: string };
    };
    if (model !== undefined && model.version !== spoken.at(-1)) spoken.push(model.version);
    const lagMs = exchange.clock.nowUs() / 1_000 - dataAsOfMs;
    const waits = await training().catch(() => true);
    exchange.clock.setScale(lagMs < LAG_BARS * MINUTE_MS && !waits ? speed : 1);
    await new Promise((resolve) => setTimeout(resolve, PACE_MS));
  }
}

/** Waits on the exchange's clock. */
async function marketBars(bars: number): Promise<void> {
  const end = exchange.clock.nowUs() + bars * MINUTE_MS * 1_000;
  while (exchange.clock.nowUs() < end) await new Promise((resolve) => setTimeout(resolve, 5));
}

function tell(what: string, { accuracy, forecasts }: { accuracy: number; forecasts: number }): void {
  process.stdout.write(`${what}: accuracy ${accuracy.toFixed(2)} over ${forecasts} forecasts\n`);
}

/** Until accuracy is well below its bar; then the market calms. */
async function unrest(): Promise<void> {
  speed = SPEED;
  for (let turn = 0; turn < UNREST_MOST / UNREST_BARS && (await figures()).accuracy > DEEP; turn++) {
    exchange.setRegime(LEVELS[turn % LEVELS.length]!);
    await marketBars(UNREST_BARS);
  }
  exchange.setRegime(1);
  speed = ALARM_SPEED;
  const low = await figures();
  tell('unrest', low);
  expect(low.accuracy).toBeLessThan(LEAST);
}

beforeAll(async () => {
  exchange = await createExchange({
    symbols: [SYMBOL],
    law: { kind: 'garch-t' },
    rootIntervalMs: MINUTE_MS,
    startMs: START_MS,
    tradesPerSecond: 1,
    weightLimit: 1_000_000,
  });
  folder = tempDir('story');
  service = await startService({
    exchange,
    dataDir: folder.path,
    env: {
      SYMBOLS: SYMBOL,
      BAR_INTERVALS: '1m',
      PARTICLES: String(PARTICLES),
      AUDIT_SAMPLE: '0.05',
      SANDBOX_PROVIDER: 'local',
      RETRAIN_COOLDOWN_MS: '1000',
    },
  });
  await service.ready(240_000);
});
afterAll(async () => {
  paced = false;
  await pacing;
  await load?.stop();
  service?.child.kill('SIGKILL');
  await service?.exited;
  await exchange?.close();
  folder?.[Symbol.dispose]();
});

/** The name that figures of a stored state carry. */
function nameOf(cloud: Uint8Array): string {
  const flat = new Float64Array(cloud.slice().buffer);
  const shape = posteriorShape({ intervalMs: MINUTE_MS, particles: PARTICLES, seed: 0 });
  const { moving, constants } = splitState(viewImage(flat).state, shape);
  const sha256 = (...parts: Uint8Array[]) => {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
  const bytes = (floats: Float64Array) => new Uint8Array(floats.slice().buffer);
  const state = sha256(sha256(bytes(constants)), bytes(moving));
  return fitName([{ intervalMs: MINUTE_MS, hashes: [state] }]);
}

describe('the story of one model', () => {
  it('the market changes, accuracy falls, a model is trained, judged and promoted, and accuracy recovers', async () => {
    await expect.poll(async () => (await model()).running, WITHIN).toBeDefined();
    const first = (await model()).running;
    load = startLoad({
      url: service.url,
      connections: 2,
      path: '/v1/var',
      headers: { authorization: `Bearer ${DEV_TOKEN}`, 'content-type': 'application/json' },
      body: () => JSON.stringify(BOOK),
      thinkMs: 100,
    });
    pacing = pace();

    // In a market of its kind the model is accurate, and nothing is trained.
    await expect.poll(async () => (await figures()).forecasts, WITHIN).toBeGreaterThanOrEqual(500);
    const calm = await figures();
    tell('calm', calm);
    expect(calm.accuracy).toBeGreaterThanOrEqual(LEAST);
    expect(await trainings('queued')).toEqual([]);
    expect((await model()).running).toBe(first);

    // The market changes; accuracy falls. Nobody asks for it: the alarm does, and a challenger comes through the gates.
    // Where the champion has recovered before one did, the market changes again.
    const changedMs = Date.now();
    for (let change = 0; change < CHANGES_MOST && (await trainings('promoted')).length === 0; change++) {
      await unrest();
      const over = async () =>
        (await trainings('promoted')).length > 0 || (await figures()).accuracy >= LEAST;
      await expect.poll(over, WITHIN).toBe(true);
    }
    const [end] = await trainings('promoted');
    expect(end).toBeDefined();
    const version = end!.details.version!;
    expect(version).not.toBe(first);
    const asked = await trainings('queued');
    for (const { details } of asked) {
      expect(['accuracy', 'alarm']).toContain(details.trigger);
      expect(details.actor).toBe('forecast-ledger');
    }
    const begin = asked.find(({ details }) => details.job === end!.details.job)!;
    expect(asked[0]!.atMs).toBeGreaterThanOrEqual(changedMs);
    const refused = await trainings('rejected', 'failed');
    process.stdout.write(`${asked.length} asked for, ${refused.length} refused\n`);
    speed = SPEED;
    const { versions } = await model();
    expect(versions.find((each) => each.version === version)?.facts.sandbox?.id).toMatch(/./);
    expect((await audit('model.promote')).map(({ subject }) => subject)).toContain(`${MODEL}@${version}`);

    // Accuracy recovers, under a champion that a sandbox made, and no request has failed meanwhile.
    await expect.poll(async () => (await figures()).accuracy, WITHIN).toBeGreaterThanOrEqual(LEAST);
    tell('after', await figures());
    expect((await model()).running).not.toBe(first);
    const { latenciesMs, failures } = await load.stop();
    load = undefined;
    paced = false;
    await pacing;
    process.stdout.write(`${latenciesMs.length} requests meanwhile\n`);
    expect(failures).toEqual({});
    expect(latenciesMs.length).toBeGreaterThan(500);

    // The log tells it in order, and is whole.
    const [request, change] = (await audit('model.promote')).filter(
      ({ subject }) => subject === `${MODEL}@${version}`,
    ) as [AuditItem, AuditItem];
    expect([request.outcome, change.outcome]).toEqual(['requested', 'ok']);
    const order = [begin.seq, request.seq, change.seq, end!.seq];
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect((await audit('var.answered')).length).toBeGreaterThan(0);
    expect(await (await service.get('/v1/audit/verify')).json()).toMatchObject({ ok: true });
    expect(await service.stop()).toBe(0);
    const command = join(import.meta.dirname, '../../src/cli/verify-audit.ts');
    const offline = spawnSync(process.execPath, [command, '--database', join(folder.path, 'store.db')], {
      encoding: 'utf8',
    });
    expect(offline.status, offline.stderr + offline.stdout).toBe(0);

    // From the promotion on answers and forecasts carry the challenger's name, and its predecessor's no more.
    const store = await openStore({ dataDir: folder.path });
    try {
      const name = nameOf((await store.models.cloud(MODEL, version))!);
      const place = spoken.indexOf(name);
      expect(place).toBeGreaterThan(0);
      expect(spoken.slice(place)).not.toContain(spoken[place - 1]);
      const forecasts = await store.forecasts.scored({
        symbol: SYMBOL,
        intervalMs: MINUTE_MS,
        fromMs: START_MS,
        limit: 10_000,
      });
      const first = forecasts.findIndex(({ modelVersion }) => modelVersion === name);
      expect(first).toBeGreaterThan(0);
      const former = forecasts[first - 1]!;
      expect(former.issuedMs).toBeLessThanOrEqual(end!.atMs);
      expect(forecasts[first]!.issuedMs).toBeGreaterThanOrEqual(request.atMs);
      expect(forecasts.slice(first).filter((row) => row.modelVersion === former.modelVersion)).toEqual([]);
      const own = forecasts.filter(({ modelVersion }) => modelVersion === name).length;
      process.stdout.write(`${own} forecasts of the challenger, ${spoken.length} versions in all\n`);
    } finally {
      await store.close();
    }
  });
});
