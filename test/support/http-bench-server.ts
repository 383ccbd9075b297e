/**
 * The HTTP application over the fake engine with ten symbols, logging as in production, for the bench.
 * Talks over IPC: sends { url } once, and its CPU time whenever it is asked. Units: microseconds.
 */
import { createLogger } from '../../src/telemetry/logger.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { createFakeRiskEngine } from './fake-risk-engine.ts';
import { testApp } from './http-app.ts';

const { app } = await testApp(
  { maxEventLoopDelayMs: 0 },
  {
    engine: createFakeRiskEngine(7),
    logger: createLogger({ level: 'info', version: 'bench' }),
    metrics: createMetrics({ version: 'bench', commit: 'bench' }),
    routes: [
      async (guarded) => {
        guarded.get('/hello', () => ({ hello: 'world' }));
      },
    ],
  },
);
const url = await app.listen({ port: 0, host: '127.0.0.1' });
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuUs: user + system });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ url });
