import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure, success } from '../../src/domain/failure.ts';
import type { Bar } from '../../src/domain/market/bar.ts';
import { type BacktestJobs, createBacktestJobs } from '../../src/engine/backtest-jobs.ts';
import { backtestRoutes } from '../../src/http/routes/backtests.ts';
import type { TrainingJob, TrainingJobs } from '../../src/store/ports/training-jobs.ts';
import { bearer, FULL_TOKEN, READ_TOKEN, testApp } from '../support/http-app.ts';
import { clusteredReturns } from '../support/return-series.ts';
import { until } from '../support/until.ts';

const HOUR = 3_600_000;

function hourlyBars(count: number): Bar[] {
  let price = 100;
  return [0, ...clusteredReturns(count - 1, 12)].map((value, t) => {
    const open = price;
    price *= Math.exp(value);
    return {
      openTimeMs: 1_600_000_000_000 + t * HOUR,
      intervalMs: HOUR,
      open,
      high: Math.max(open, price) * 1.001,
      low: Math.min(open, price) * 0.999,
      close: price,
      volume: 5,
      trades: 9,
      realisedVariance: Number.NaN,
      complete: true,
    };
  });
}

/** The store's contract in memory; the real ones have a suite of their own. */
function memoryJobs(): TrainingJobs & { readonly rows: Map<string, TrainingJob> } {
  const rows = new Map<string, TrainingJob>();
  return {
    rows,
    add: async (job) => void rows.set(job.id, job),
    get: async (id) => rows.get(id),
    list: async () => [...rows.values()],
    change: async (id, change) => {
      const job = rows.get(id);
      if (job === undefined) return false;
      rows.set(id, { ...job, ...change });
      return true;
    },
  };
}

function service(store: TrainingJobs, now = () => 1_700_000_000_000): BacktestJobs {
  const history = hourlyBars(420);
  return createBacktestJobs({
    bars: (symbol) =>
      symbol === 'BTCUSDT'
        ? success(history)
        : symbol === 'NEWUSDT'
          ? success(history.slice(0, 40))
          : failure('unknown-symbol', `${symbol} is not followed`),
    jobs: store,
    trail: { record: async () => {} },
    threads: 1,
    particles: 16,
    seed: 1,
    queueLimit: 1,
    now,
  });
}

describe('backtests over HTTP', () => {
  const store = memoryJobs();
  const backtests = service(store);
  let app: Awaited<ReturnType<typeof testApp>>['app'];
  beforeAll(async () => {
    ({ app } = await testApp({}, { routes: [(guarded) => guarded.register(backtestRoutes, { backtests })] }));
  });
  afterAll(async () => {
    await app.close();
    await backtests.close();
  });

  const ask = (payload: object, token = FULL_TOKEN) =>
    app.inject({ method: 'POST', url: '/v1/backtests', headers: bearer(token), payload });
  const look = (id: string) =>
    app.inject({ method: 'GET', url: `/v1/backtests/${id}`, headers: bearer(READ_TOKEN) });

  it('a job is accepted, runs, and answers with every test of the pool and its peers', async () => {
    const accepted = await ask({
      symbol: 'BTCUSDT',
      interval: 'PT1H',
      confidence: [0.95, 0.99],
      forecasts: 120,
    });
    expect(accepted.statusCode).toBe(202);
    const { id } = accepted.json();
    expect(accepted.headers.location).toBe(`/v1/backtests/${id}`);
    await until('the backtest to be done', () => store.rows.get(id)?.state === 'done', 15_000);
    const { request, progress, result } = (await look(id)).json();
    expect(request).toEqual({
      symbol: 'BTCUSDT',
      forecasts: 120,
      peers: true,
      interval: 'PT1H',
      confidence: [0.95, 0.99],
    });
    expect(progress).toBe(1);
    // Above every lease, so that a leader of training leaves it alone.
    expect(store.rows.get(id)?.fence).toBeGreaterThan(1e9);
    expect(result.forecasters.map(({ name }: { name: string }) => name)).toEqual([
      'bayes',
      'hist',
      'ewma',
      'mle',
      'fhs',
    ]);
    const [wide, deep] = result.forecasters[0].levels;
    expect([wide.confidence, deep.confidence, wide.forecasts]).toEqual([0.95, 0.99, 120]);
    expect(wide.kupiec.pValue).toBeGreaterThanOrEqual(0);
    expect(wide.trafficLight.zone).toMatch(/green|yellow|red/);
    expect(result.exceedances[0].openTimesMs).toHaveLength(wide.hits);
    expect(result.comparisons[1].rows).toHaveLength(5);
  });

  it.each([
    [{ symbol: 'XXXUSDT' }, 422, 'unknown-symbol'],
    [{ symbol: 'NEWUSDT' }, 503, 'insufficient-history'],
    [{ symbol: 'BTCUSDT', forecasts: 400 }, 503, 'insufficient-history'],
    [{ symbol: 'BTCUSDT', interval: 'PT0S' }, 400, 'invalid-request'],
    [{ symbol: 'BTCUSDT', confidence: [1.5] }, 400, 'invalid-request'],
    [{ symbol: 'BTCUSDT', colour: 'red' }, 400, 'invalid-request'],
  ])('%j is refused with %i', async (payload, status, code) => {
    const reply = await ask(payload);
    expect([reply.statusCode, reply.json().code]).toEqual([status, code]);
  });

  it('needs the write scope, and an unknown id is not found', async () => {
    expect((await ask({ symbol: 'BTCUSDT' }, READ_TOKEN)).statusCode).toBe(403);
    expect((await look('7f3f2a52-7b0e-4f6e-9d31-1f0a4f1f0c11')).statusCode).toBe(404);
  });
});

describe('backtest jobs', () => {
  const request = { symbol: 'BTCUSDT', intervalMs: HOUR, confidences: [0.99], forecasts: 100, peers: false };

  it('the queue has a limit, and closing cancels what has not run', async () => {
    const store = memoryJobs();
    const backtests = service(store);
    const replies = [];
    for (let i = 0; i < 3; i++) replies.push(await backtests.submit(request, { actor: 'a', requestId: 'r' }));
    expect(replies.map((reply) => (reply.ok ? 'ok' : reply.reason))).toEqual(['ok', 'ok', 'overloaded']);
    await backtests.close();
    expect([...store.rows.values()].map(({ state }) => state)).toEqual(['cancelled', 'cancelled']);
  });

  it('a job left running by a lost replica is told as failed; jobs of other kinds are not shown', async () => {
    const store = memoryJobs();
    const job = {
      id: 'a',
      modelId: 'backtest:BTCUSDT',
      trigger: 'backtest',
      state: 'running' as const,
      createdMs: 0,
      startedMs: 0,
      progress: 0.5,
      attempts: 1,
      request: JSON.stringify(request),
    };
    await store.add(job);
    await store.add({ ...job, id: 'b', modelId: 'BTCUSDT:1h' });
    const backtests = service(store);
    expect(await backtests.view('a')).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('lost'),
    });
    expect(await backtests.view('b')).toBeUndefined();
    await backtests.close();
  });
});
