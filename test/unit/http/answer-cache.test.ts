import { describe, expect, it } from 'vitest';
import { createAnswerCache } from '../../../src/http/answer-cache.ts';
import type { VarAnswer } from '../../../src/http/schemas/risk.ts';

const answer = (status: string, lineageId = 'l1') =>
  ({
    requestId: '',
    lineageId,
    quality: { status, gaps: [], excluded: [] },
    results: [],
  }) as unknown as VarAnswer;

function counting(status = 'fresh') {
  let calls = 0;
  return {
    calls: () => calls,
    compute: async () => {
      calls++;
      return answer(status);
    },
  };
}

describe('createAnswerCache', () => {
  it('computes once per revision, also for callers that ask at the same time', async () => {
    const cache = createAnswerCache({ maxAgeMs: 1_000, now: () => 0 });
    const { compute, calls } = counting();
    await Promise.all([cache.get('k', 'r1', compute), cache.get('k', 'r1', compute)]);
    await cache.get('k', 'r1', compute);
    expect(calls()).toBe(1);
    await cache.get('k', 'r2', compute);
    expect(calls()).toBe(2);
  });

  it('asks again after a moment, because the quality of an answer ages', async () => {
    let timeMs = 0;
    const cache = createAnswerCache({ maxAgeMs: 1_000, now: () => timeMs });
    const fresh = await cache.get('k', 'r1', counting('fresh').compute);
    timeMs = 1_001;
    const stale = await cache.get('k', 'r1', counting('stale').compute);
    expect(stale.etag).not.toBe(fresh.etag);
  });

  it('the tag tells revision, question and quality apart, and nothing else', async () => {
    const tag = async (key: string, revision: string, status: string) =>
      (await createAnswerCache({ maxAgeMs: 1 }).get(key, revision, counting(status).compute)).etag;
    const base = await tag('k', 'r1', 'fresh');
    expect(await tag('k', 'r1', 'fresh')).toBe(base);
    expect(await tag('other', 'r1', 'fresh')).not.toBe(base);
    expect(await tag('k', 'r2', 'fresh')).not.toBe(base);
    expect(await tag('k', 'r1', 'stale')).not.toBe(base);
  });

  it('a failure is not kept', async () => {
    const cache = createAnswerCache({ maxAgeMs: 1_000, now: () => 0 });
    await expect(cache.get('k', 'r1', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    const { compute, calls } = counting();
    await cache.get('k', 'r1', compute);
    expect(calls()).toBe(1);
  });

  it('carries the id of each request in the same text', async () => {
    const cached = await createAnswerCache({ maxAgeMs: 1 }).get('k', 'r1', counting().compute);
    expect(JSON.parse(cached.body('a-1'))).toMatchObject({ requestId: 'a-1', lineageId: 'l1' });
    expect(cached.body('b').slice(17)).toBe(cached.body('a').slice(17));
  });

  it('holds a bounded number of answers', async () => {
    const cache = createAnswerCache({ maxAgeMs: 1_000, maxEntries: 2, now: () => 0 });
    const first = counting();
    await cache.get('a', 'r', first.compute);
    await cache.get('b', 'r', counting().compute);
    await cache.get('c', 'r', counting().compute);
    await cache.get('a', 'r', first.compute);
    expect(first.calls()).toBe(2);
  });
});
