/**
 * A process that serves POST /v1/var from real posteriors, for benches: ten symbols fitted to synthetic daily
 * bars, the answers through the whole path of HTTP, pool and shared memory. Reports its processor time, its
 * threads included, when asked.
 */
import { MODEL_IDS } from '../../src/domain/posterior/model-pool.ts';
import { createValuationCycle } from '../../src/engine/valuation-cycle.ts';
import { createFakeRiskEngine } from './fake-risk-engine.ts';
import { testApp } from './http-app.ts';
import { syntheticBars } from './synthetic-bars.ts';

const DAY = 86_400_000;
const symbols = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', ...Array.from({ length: 7 }, (_, i) => `COIN${i}USDT`)];
const cycle = createValuationCycle({
  symbols,
  intervalsMs: [DAY],
  particles: 256,
  models: MODEL_IDS,
  seed: 1,
  fitBars: 600,
  currency: 'USDT',
  threads: 1,
  inferenceThreads: 1,
  now: Date.now,
});
const bars = syntheticBars({
  seed: 2,
  symbols: symbols.length,
  bars: 600,
  intervalMs: DAY,
  startMs: 10_000 * DAY,
  volatility: 0.04,
});
for (const [symbolIndex, list] of bars.entries()) cycle.loadHistory(symbolIndex, DAY, list);
await cycle.start();
const quality = { status: 'fresh', maxAgeMs: 5, gaps: [], excluded: [], reasons: [] } as const;
const prices = symbols.map((_, index) => 100 + index);
const { app } = await testApp(
  {},
  {
    engine: {
      ...createFakeRiskEngine(),
      valueAtRisk: (query) => cycle.valueAtRisk(query, { prices, quality, provenance: 'synthetic' }),
      revision: (symbol) => cycle.revision(symbol),
    },
    routes: [
      async (guarded) => {
        guarded.get('/hello', () => ({ hello: 'world' }));
      },
    ],
  },
);
const url = await app.listen({ port: 0, host: '127.0.0.1' });
process.send?.({ url });
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuUs: user + system });
});
process.on('disconnect', () => {
  void app.close().then(() => cycle.close());
});
