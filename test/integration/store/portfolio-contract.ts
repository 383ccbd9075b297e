/** The part of the store's contract about stored books. */
import { describe, expect, it } from 'vitest';
import type { Store } from '#store/ports/store.ts';

export function portfolioContract(current: () => Store): void {
  describe('portfolios', () => {
    const book = (id: string, createdMs = 5) => ({
      id,
      name: 'main',
      currency: 'USDT',
      createdMs,
      positions: [{ symbol: 'BTCUSDT', quantity: '0.123456789012345678' }],
    });

    it('keep a book exactly, decimals as text', async () => {
      const made = await current().portfolios.create(book('p-exact'));
      expect(made.rev).toBe(1);
      expect(await current().portfolios.get('p-exact')).toEqual(made);
    });

    it('change under the revision that was seen and no other', async () => {
      await current().portfolios.create(book('p-rev'));
      const change = { positions: [{ symbol: 'ETHUSDT', quantity: '-1' }], atMs: 9 };
      const changed = await current().portfolios.change('p-rev', 1, change);
      expect(changed).toMatchObject({ kind: 'changed', portfolio: { rev: 2, updatedMs: 9 } });
      expect(await current().portfolios.change('p-rev', 1, change)).toEqual({ kind: 'stale', rev: 2 });
      expect(await current().portfolios.change('absent', 1, change)).toEqual({ kind: 'missing' });
    });

    it('let exactly one of many concurrent writers win', async () => {
      await current().portfolios.create(book('p-race'));
      const outcomes = await Promise.all(
        Array.from({ length: 12 }, (_, atMs) =>
          current().portfolios.change('p-race', 1, { name: `n${atMs}`, atMs }),
        ),
      );
      expect(outcomes.filter(({ kind }) => kind === 'changed')).toHaveLength(1);
      expect((await current().portfolios.get('p-race'))?.rev).toBe(2);
    });

    it('are removed under a revision, and told apart when stale or missing', async () => {
      await current().portfolios.create(book('p-del'));
      expect(await current().portfolios.remove('p-del', 7)).toBe('stale');
      expect(await current().portfolios.remove('p-del', 1)).toBe('removed');
      expect(await current().portfolios.remove('p-del', 1)).toBe('missing');
    });

    it('list newest first and page without a repeat', async () => {
      for (const index of [1, 2, 3, 4, 5])
        await current().portfolios.create(book(`p-list-${index}`, 1_000 + index));
      const first = await current().portfolios.list(3);
      const last = first.at(-1)!;
      const second = await current().portfolios.list(2, last);
      expect([...first, ...second].map(({ id }) => id)).toEqual(
        [5, 4, 3, 2, 1].map((index) => `p-list-${index}`),
      );
    });
  });
}
