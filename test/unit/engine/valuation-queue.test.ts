import { afterEach, describe, expect, it, vi } from 'vitest';
import { createValuationQueue } from '#engine/valuation-queue.ts';
import type { ValueReply, ValueTask } from '#worker/protocol.ts';

const REPLY = { ok: true } as ValueReply;

const task = (seed: number): ValueTask => ({
  symbols: [0],
  exposures: [1],
  confidences: [0.99],
  horizonsMs: [1],
  credibleMass: 0.9,
  contributions: false,
  method: 'bayes',
  seed,
});

/** A queue whose work ends when it is told to; begun tasks by their seeds. */
function scene({ width = 1, limit = 10 } = {}) {
  const begun: number[] = [];
  const ends = new Map<number, (reply: ValueReply) => void>();
  const stuck: number[] = [];
  const queue = createValuationQueue({
    width,
    limit,
    deadlineMs: 1_000,
    stuckMs: 5_000,
    work: ({ seed }, signal) => {
      begun.push(seed);
      signal.addEventListener('abort', () => stuck.push(seed));
      return new Promise((resolve) => ends.set(seed, resolve));
    },
  });
  const end = (seed: number) => ends.get(seed)!(REPLY);
  return { queue, begun, stuck, end };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('the queue of valuations', () => {
  it('spends nothing on callers who have left by the time of their turn', async () => {
    const { queue, begun, end } = scene();
    const leaving = new AbortController();
    const asked = [
      queue.value(task(0)),
      queue.value(task(1), leaving.signal),
      queue.value(task(2), leaving.signal),
      queue.value(task(3)),
    ];
    leaving.abort();
    for (const left of asked.slice(1, 3)) expect(await left).toMatchObject({ ok: false, reason: 'timeout' });
    end(0);
    await asked[0];
    await vi.waitFor(() => expect(begun).toEqual([0, 3]));
    end(3);
    expect(await asked[3]).toBe(REPLY);
    expect(queue.length).toBe(0);
  });

  it('takes no question of a caller who is gone already', async () => {
    const { queue, begun } = scene();
    expect(await queue.value(task(0), AbortSignal.abort())).toMatchObject({ ok: false, reason: 'timeout' });
    expect(begun).toEqual([]);
  });

  it('refuses beyond its limit, and has room again when work is done', async () => {
    const { queue, end } = scene({ limit: 2 });
    const first = queue.value(task(0));
    void queue.value(task(1));
    expect(await queue.value(task(2))).toMatchObject({ ok: false, reason: 'overloaded' });
    end(0);
    await first;
    void queue.value(task(3));
    expect(queue.length).toBe(2);
  });

  it('answers at the deadline, ends what is stuck long after, and goes on', async () => {
    vi.useFakeTimers();
    const { queue, begun, stuck, end } = scene();
    const late = queue.value(task(0));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await late).toMatchObject({ ok: false, reason: 'timeout' });
    await vi.advanceTimersByTimeAsync(4_999);
    expect(stuck).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(stuck).toEqual([0]);
    const next = queue.value(task(1));
    end(0);
    await vi.advanceTimersByTimeAsync(0);
    expect(begun).toEqual([0, 1]);
    end(1);
    expect(await next).toBe(REPLY);
  });
});
