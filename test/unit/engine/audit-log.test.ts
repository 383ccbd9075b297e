import { describe, expect, it, vi } from 'vitest';
import { AuditLog } from '#engine/audit-log.ts';
import { verifyAudit } from '#engine/audit-verifier.ts';
import { StoreUnavailableError } from '#store/ports/store-failure.ts';
import { memoryAudit } from '../../support/audit-memory.ts';

const draft = (subject: string) =>
  ({ actor: 'a', action: 'x.y', subject, outcome: 'ok', correlationId: subject }) as const;

describe('the audit log', () => {
  it('acknowledges only what is kept, and writes what waits together as one batch', async () => {
    const entries = memoryAudit();
    let writes = 0;
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    entries.onAppend = () => {
      writes++;
      return gate;
    };
    const log = new AuditLog({ entries, chain: 'r', lingerMs: 0 });
    let acknowledged = 0;
    const all = Array.from({ length: 50 }, (_, index) =>
      log.record(draft(`${index}`)).then(() => acknowledged++),
    );
    await Promise.resolve();
    expect(acknowledged).toBe(0);
    open();
    await Promise.all(all);
    expect(entries.rows.map(({ subject }) => subject)).toEqual(
      Array.from({ length: 50 }, (_, index) => `${index}`),
    );
    expect(writes).toBeLessThanOrEqual(2);
    expect(await verifyAudit(entries)).toMatchObject({ ok: true, entries: 50 });
  });

  it('goes on with a valid chain after a write that failed, whether or not it was kept', async () => {
    const entries = memoryAudit();
    const log = new AuditLog({ entries, chain: 'r', lingerMs: 0 });
    await log.record(draft('first'));
    entries.onAppend = () => {
      throw new StoreUnavailableError('disk-full');
    };
    await expect(log.record(draft('lost'))).rejects.toThrow(StoreUnavailableError);
    entries.onAppend = () => {};
    await log.record(draft('second'));
    const append = entries.append;
    entries.append = async (rows) => {
      await append(rows);
      throw new StoreUnavailableError('timeout');
    };
    await expect(log.record(draft('in doubt'))).rejects.toThrow(StoreUnavailableError);
    entries.append = append;
    await log.record(draft('third'));
    expect(entries.rows.map(({ subject }) => subject)).toEqual(['first', 'second', 'in doubt', 'third']);
    expect((await verifyAudit(entries)).ok).toBe(true);
  });

  it.each([
    { lingerMs: 16, waitMs: 3, why: 'a millisecond for each entry of the last batch' },
    { lingerMs: 2, waitMs: 2, why: 'the limit' },
  ])('waits for company only where the last batch had some, then $why', async ({ lingerMs, waitMs }) => {
    vi.useFakeTimers();
    try {
      const entries = memoryAudit();
      const batches: number[] = [];
      const append = entries.append;
      entries.append = (rows) => {
        batches.push(rows.length);
        return append(rows);
      };
      const log = new AuditLog({ entries, chain: 'r', lingerMs });
      const record = (...subjects: string[]) => Promise.all(subjects.map((one) => log.record(draft(one))));
      await record('a', 'b');
      await record('alone');
      await record('c', 'd', 'e');
      expect(batches).toEqual([2, 1, 3]);
      const waiting = record('f');
      await vi.advanceTimersByTimeAsync(waitMs - 1);
      const joining = record('g');
      expect(batches).toHaveLength(3);
      await vi.advanceTimersByTimeAsync(1);
      await Promise.all([waiting, joining]);
      await record('alone again');
      expect(batches).toEqual([2, 1, 3, 2, 1]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('refuses more than its queue holds and anything after its close', async () => {
    const entries = memoryAudit();
    const log = new AuditLog({ entries, chain: 'r', lingerMs: 5, maxQueue: 2 });
    const kept = [log.record(draft('1')), log.record(draft('2'))];
    await expect(log.record(draft('3'))).rejects.toThrow(/queue full/);
    await log.close();
    await Promise.all(kept);
    await expect(log.record(draft('4'))).rejects.toThrow(/closed/);
    expect(entries.rows).toHaveLength(2);
  });
});
