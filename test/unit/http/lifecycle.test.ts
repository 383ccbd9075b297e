import { EventEmitter } from 'node:events';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createDrain } from '../../../src/http/drain.ts';
import { createLifecycle, type LifecycleOptions, stopOnSignals } from '../../../src/http/lifecycle.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';

function setUp(over: Partial<LifecycleOptions> = {}) {
  const trail: string[] = [];
  const drain = createDrain();
  drain.onBegin(() => trail.push('drain'));
  let left: (code: number) => void = () => undefined;
  const exited = new Promise<number>((resolve) => {
    left = resolve;
  });
  const lifecycle = createLifecycle({
    drain,
    drainMs: 5,
    timeoutMs: 5_000,
    logger: pino({ level: 'silent' }),
    metrics: createMetrics({ version: 't', commit: 't', processMetrics: false }),
    close: ['http', 'engine', 'store'].map((name) => ({ name, close: async () => trail.push(name) })),
    exit: left,
    ...over,
  });
  return { trail, drain, lifecycle, exited, exit: left };
}

describe('createLifecycle', () => {
  it('announces first, then closes top-down, then leaves with 0, once', async () => {
    const { trail, lifecycle, exited } = setUp();
    await Promise.all([lifecycle.stop('a'), lifecycle.stop('b')]);
    expect(trail).toEqual(['drain', 'http', 'engine', 'store']);
    expect(await exited).toBe(0);
  });

  it('a part that fails to close does not keep the others open, and shows in the code', async () => {
    const closed: string[] = [];
    const { lifecycle, exited } = setUp({
      close: [
        { name: 'bad', close: () => Promise.reject(new Error('no')) },
        { name: 'good', close: async () => closed.push('good') },
      ],
    });
    await lifecycle.stop('test');
    expect(closed).toEqual(['good']);
    expect(await exited).toBe(1);
  });

  it('leaves with 1 at the hard limit when a part never closes', async () => {
    const { lifecycle, exited } = setUp({
      timeoutMs: 30,
      close: [{ name: 'stuck', close: () => new Promise(() => undefined) }],
    });
    void lifecycle.stop('test');
    expect(await exited).toBe(1);
  });
});

describe('stopOnSignals', () => {
  it.each([
    ['SIGTERM', 'SIGINT'],
    ['SIGINT', 'SIGINT'],
  ])('%s stops, a following %s does not wait', async (one, two) => {
    const signals = new EventEmitter();
    const { lifecycle, drain, exited, exit } = setUp({ drainMs: 60_000 });
    stopOnSignals(lifecycle, exit, signals);
    signals.emit(one);
    expect(drain.draining).toBe(true);
    signals.emit(two);
    expect(await exited).toBe(1);
  });
});

describe('createDrain', () => {
  it('tells each listener once, also one that comes late, and none that has left', () => {
    const drain = createDrain();
    const told: string[] = [];
    drain.onBegin(() => told.push('early'));
    drain.onBegin(() => told.push('gone'))();
    drain.begin();
    drain.begin();
    drain.onBegin(() => told.push('late'));
    expect(told).toEqual(['early', 'late']);
  });
});
