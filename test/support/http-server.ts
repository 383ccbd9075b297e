/**
 * The HTTP application over the fake engine as a process of its own, for tests of its end.
 * Environment: DRAIN_MS, DELAY_MS of one valuation. Prints one JSON line when it listens.
 */
import { createDrain } from '../../src/http/drain.ts';
import { createEventLog } from '../../src/http/event-log.ts';
import { createLifecycle, stopOnSignals } from '../../src/http/lifecycle.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { testApp } from './http-app.ts';

const number = (name: string, fallback: number): number => Number(process.env[name] ?? fallback);
const exit = (code: number): void => process.exit(code);

const logger = createLogger({ level: 'fatal' });
const metrics = createMetrics({ version: 'test', commit: 'test' });
const drain = createDrain();
const events = createEventLog({
  source: { subscribe: () => () => undefined, snapshot: () => [] },
  metrics,
  epoch: `p${process.pid}`,
});
const { app, engine } = await testApp({}, { drain, metrics, events, logger });
engine.delayMs = number('DELAY_MS', 0);
const url = await app.listen({ port: 0, host: '127.0.0.1' });
stopOnSignals(
  createLifecycle({
    drain,
    drainMs: number('DRAIN_MS', 500),
    timeoutMs: number('TIMEOUT_MS', 10_000),
    logger,
    metrics,
    close: [{ name: 'http', close: () => app.close() }],
    exit,
  }),
  exit,
);
process.stdout.write(`${JSON.stringify({ url })}\n`);
