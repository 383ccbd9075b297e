/** The part of the store's contract that governance stands on: model versions, jobs and leases. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Store } from '#store/ports/store.ts';
import type { TrainingJob } from '#store/ports/training-jobs.ts';

function job(id: string, createdMs: number): TrainingJob {
  return {
    id,
    modelId: 'm',
    trigger: 'manual',
    state: 'queued',
    createdMs,
    progress: 0,
    attempts: 0,
    request: '{}',
  };
}

export function governanceContract(current: () => Store): void {
  describe('models', () => {
    const cloud = new Uint8Array(new Float64Array([1.5, -2, Number.MIN_VALUE]).buffer);
    const version = (modelId: string, name: string, createdMs: number) =>
      ({ modelId, version: name, role: 'challenger', createdMs, facts: '{}' }) as const;

    it('keep the particle cloud byte for byte', async () => {
      const kept = await current().models.add(version('m-bytes', 'v1', 1), cloud);
      expect(kept.hash).toBe(createHash('sha256').update(cloud).digest('hex'));
      const back = (await current().models.cloud('m-bytes', 'v1'))!;
      expect(new Float64Array(back.buffer)).toEqual(new Float64Array([1.5, -2, Number.MIN_VALUE]));
      await expect(current().models.add(version('m-bytes', 'v1', 1), new Uint8Array(8))).rejects.toThrow(
        /another cloud/,
      );
    });

    it('have one champion, changed in one step and only under a fence that is not old', async () => {
      await current().models.add({ ...version('m-promo', 'v1', 1), role: 'champion' }, cloud);
      await current().models.add(version('m-promo', 'v2', 2), cloud);
      await current().models.add(version('m-promo', 'v3', 3), cloud);
      const promote = (name: string, fence: number, expectedChampion?: string) =>
        current().models.promote({
          modelId: 'm-promo',
          version: name,
          atMs: 9,
          fence,
          ...(expectedChampion && { expectedChampion }),
        });
      expect(await promote('v2', 5, 'v1')).toEqual({ kind: 'promoted', former: 'v1' });
      expect(await promote('v2', 5)).toEqual({ kind: 'already' });
      expect(await promote('v3', 4)).toEqual({ kind: 'stale-fence', newest: 5 });
      expect(await promote('v3', 6, 'v1')).toEqual({ kind: 'conflict', champion: 'v2' });
      expect(await promote('nope', 6)).toEqual({ kind: 'unknown-version' });
      expect(await current().models.champion('m-promo')).toMatchObject({
        version: 'v2',
        promotedMs: 9,
        parent: 'v1',
      });
      expect(
        (await current().models.list('m-promo', 9)).map(({ version: name, role }) => `${name} ${role}`),
      ).toEqual(['v3 challenger', 'v2 champion', 'v1 archived']);
    });

    it('are never promoted twice by racing replicas', async () => {
      for (const name of ['a', 'b', 'c', 'd']) await current().models.add(version('m-race', name, 1), cloud);
      const outcomes = await Promise.all(
        ['a', 'b', 'c', 'd'].map((name, index) =>
          current().models.promote({ modelId: 'm-race', version: name, atMs: index, fence: index + 1 }),
        ),
      );
      expect(outcomes.filter(({ kind }) => kind === 'promoted').length).toBeGreaterThan(0);
      const champions = (await current().models.list('m-race', 9)).filter(({ role }) => role === 'champion');
      expect(champions).toHaveLength(1);
    });

    it('lose old clouds to retention, but never the champion, its predecessor or a challenger', async () => {
      for (const name of ['v1', 'v2', 'v3', 'v4'])
        await current().models.add(version('m-keep', name, 1), cloud);
      for (const [fence, name] of ['v1', 'v2', 'v3'].entries())
        await current().models.promote({ modelId: 'm-keep', version: name, atMs: 2, fence });
      await current().retention.apply({ modelsMs: 0 }, 1_000_000);
      const kept = await Promise.all(
        ['v1', 'v2', 'v3', 'v4'].map((name) => current().models.cloud('m-keep', name)),
      );
      expect(kept.map((bytes) => bytes !== undefined)).toEqual([false, true, true, true]);
    });
  });

  describe('jobs', () => {
    it('end once, and refuse the report of a former leader', async () => {
      await current().jobs.add(job('j1', 1));
      expect(await current().jobs.change('j1', { state: 'running', holder: 'b', fence: 2 })).toBe(true);
      expect(await current().jobs.change('j1', { state: 'done', fence: 1 })).toBe(false);
      expect(await current().jobs.change('j1', { state: 'done', fence: 2, result: '{"a":1}' })).toBe(true);
      expect(await current().jobs.change('j1', { state: 'failed', fence: 3 })).toBe(false);
      expect(await current().jobs.get('j1')).toEqual({
        ...job('j1', 1),
        state: 'done',
        holder: 'b',
        fence: 2,
        result: '{"a":1}',
      });
    });

    it('list by model and state', async () => {
      await current().jobs.add({ ...job('j2', 2), modelId: 'other' });
      await current().jobs.add({ ...job('j3', 3), modelId: 'other', state: 'running' });
      const ids = async (states: readonly ('queued' | 'running')[]) =>
        (await current().jobs.list({ modelId: 'other', states, limit: 5 })).map(({ id }) => id);
      expect(await ids(['queued', 'running'])).toEqual(['j3', 'j2']);
      expect(await ids(['queued'])).toEqual(['j2']);
    });
  });

  describe('leases', () => {
    it('have one holder, and a higher fence for every new one', async () => {
      const first = (await current().leases.acquire('train', 'a', 60_000))!;
      expect(await current().leases.acquire('train', 'b', 60_000)).toBeUndefined();
      expect((await current().leases.acquire('train', 'a', 60_000))?.fence).toBe(first.fence);
      await current().leases.release(first);
      expect(await current().leases.current('train')).toBeUndefined();
      const second = (await current().leases.acquire('train', 'b', 60_000))!;
      expect(second.fence).toBeGreaterThan(first.fence);
      expect(await current().leases.renew(first, 60_000)).toBeUndefined();
      expect((await current().leases.renew(second, 60_000))?.holder).toBe('b');
    });

    it('are listed by the beginning of their name while they are in force', async () => {
      const { leases } = current();
      const one = (await leases.acquire('pod:1', 'a', 60_000))!;
      await leases.acquire('pod:2', 'b', 60_000);
      await leases.acquire('pod:3', 'c', 0);
      await leases.acquire('pods', 'd', 60_000);
      expect((await leases.held('pod:')).map(({ holder }) => holder)).toEqual(['a', 'b']);
      await leases.release(one);
      expect((await leases.held('pod:')).map(({ holder }) => holder)).toEqual(['b']);
      expect(await leases.held('%')).toEqual([]);
    });

    it('pass on when they expire, also back to their former holder under a new fence', async () => {
      const first = (await current().leases.acquire('short', 'a', 0))!;
      const second = (await current().leases.acquire('short', 'a', 0))!;
      expect(second.fence).toBe(first.fence + 1);
      expect((await current().leases.acquire('short', 'b', 1_000))?.fence).toBe(first.fence + 2);
    });

    it('are won by exactly one of many at once', async () => {
      const won = await Promise.all(
        Array.from({ length: 10 }, (_, index) => current().leases.acquire('crowd', `h${index}`, 60_000)),
      );
      expect(won.filter((lease) => lease !== undefined)).toHaveLength(1);
    });
  });
}
