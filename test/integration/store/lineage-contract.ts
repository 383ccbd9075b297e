/** The part of the store's contract about lineages and what they stand on. */
import { describe, expect, it } from 'vitest';
import type { Store } from '#store/ports/store.ts';
import { ChainConflictError } from '#store/ports/store-failure.ts';
import { auditRow } from '../../support/audit-rows.ts';

const HOUR = 3_600_000;

const record = (id: string, atMs = 1) => ({
  id,
  atMs,
  modelVersion: 'v',
  payload: { positions: [], of: id },
});

export function lineageContract(current: () => Store): void {
  describe('lineages', () => {
    it('are kept once, with the entries that name them', async () => {
      const { audit, lineages } = current();
      const first = record('l1');
      await audit.append([auditRow('named', 0)], [first, { ...first, payload: 'other' }]);
      expect(await lineages.get('l1')).toEqual(first);
    });

    it('are found one by one, whatever came with them, and where ids begin alike', async () => {
      const { audit, lineages } = current();
      const ids = Array.from({ length: 40 }, (_, index) => `${'a'.repeat(20)}${index}`);
      for (const [seq, id] of ids.entries())
        await audit.append([auditRow('paged', seq)], [record(id), record(`beside-${id}`)]);
      for (const id of ids) expect(await lineages.get(id)).toEqual(record(id));
      expect(await lineages.get('a'.repeat(20))).toBeUndefined();
      expect(await lineages.get('%')).toBeUndefined();
    });

    it('are not there without their entry where the entry is refused', async () => {
      const { audit, lineages } = current();
      const row = auditRow('conflicting', 0);
      await audit.append([row]);
      const other = { ...row, hash: 'e'.repeat(64) };
      await expect(audit.append([other], [record('l2')])).rejects.toThrow(ChainConflictError);
      expect(await lineages.get('l2')).toBeUndefined();
    });

    it('of an append that is written again are those it came with last', async () => {
      const { audit, lineages } = current();
      const row = auditRow('again', 0);
      await audit.append([row], [record('l3')]);
      await audit.append([row], [record('l3'), record('l4')]);
      for (const id of ['l3', 'l4']) expect(await lineages.get(id)).toEqual(record(id));
    });

    it('go when they are past their time, and no page before the youngest on it', async () => {
      const { audit, lineages, retention } = current();
      await audit.append([auditRow('aged', 0)], [record('old', 1)]);
      await audit.append([auditRow('aged', 1)], [record('older', 2), record('young', 5 * HOUR)]);
      await retention.apply({ lineagesMs: HOUR }, 2 * HOUR);
      expect(await lineages.get('old')).toBeUndefined();
      for (const id of ['older', 'young']) expect(await lineages.get(id)).toMatchObject({ id });
    });

    it('what answers stand on comes back as it was, an unknown realised variance too', async () => {
      const { lineageInputs, retention } = current();
      const base = {
        id: 'b1',
        modelId: 'AUSDT:1h',
        createdMs: 1,
        image: Uint8Array.of(1, 0, 255),
        bars: '[]',
      };
      await lineageInputs.keepBase(base);
      await lineageInputs.keepBase({ ...base, bars: 'other' });
      expect(await lineageInputs.base('b1')).toEqual(base);
      const bar = (openTimeMs: number, realisedVariance: number) => ({
        openTimeMs,
        intervalMs: HOUR,
        open: 1.1,
        high: 1.3,
        low: 0.9,
        close: 0.1 + 0.2,
        volume: 1e-8,
        trades: 7,
        realisedVariance,
        complete: openTimeMs < 2 * HOUR,
      });
      const bars = [bar(HOUR, 1e-5), bar(2 * HOUR, Number.NaN), bar(3 * HOUR, 0)];
      await lineageInputs.keepBars(bars.map((one) => ({ ...one, instance: 'i', symbol: 'AUSDT' })));
      await lineageInputs.keepBars([{ ...bars[0]!, close: 9, instance: 'i', symbol: 'AUSDT' }]);
      const range = { instance: 'i', symbol: 'AUSDT', intervalMs: HOUR, afterMs: 0, untilMs: 2 * HOUR };
      expect(await lineageInputs.bars(range)).toEqual(bars.slice(0, 2));
      expect(await lineageInputs.bars({ ...range, instance: 'j' })).toEqual([]);
      await lineageInputs.keepEpochs([{ id: 'e1', createdMs: 2, recipe: '{}' }]);
      expect(await lineageInputs.epoch('e1')).toEqual({ id: 'e1', createdMs: 2, recipe: '{}' });
      expect(await lineageInputs.epoch('e2')).toBeUndefined();
      const { removed } = await retention.apply({ lineagesMs: 10 }, 40 * 86_400_000);
      expect(removed).toMatchObject({ model_bases: 1, seen_bars: 3, published_epochs: 1 });
    });
  });
}
