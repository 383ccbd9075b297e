/**
 * Audit rows in the database. An append is one transaction with the chain's head; rows that are there
 * already (a replayed write) are accepted when they are the same, and a conflict otherwise.
 */
import type { Kysely, Transaction } from 'kysely';
import type { AuditEntries, AuditFilter, AuditHead, AuditReader, AuditRow } from '../ports/audit-entries.ts';
import { ChainConflictError } from '../ports/store-failure.ts';
import type { Tables } from '../schema.ts';
import type { SpooledWriter } from '../spool/spooled-writer.ts';
import { chunks, ROWS_PER_INSERT } from './rows.ts';

export async function insertAuditRows(db: Kysely<Tables>, rows: readonly AuditRow[]): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    for (const part of chunks(rows, ROWS_PER_INSERT)) {
      const inserted = await transaction
        .insertInto('auditEntries')
        .values(part.map((row) => ({ ...row })))
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      if (Number(inserted.numInsertedOrUpdatedRows ?? 0) < part.length) await requireSame(transaction, part);
    }
    for (const head of lastOfEachChain(rows))
      await transaction
        .insertInto('auditHeads')
        .values({ ...head })
        .onConflict((conflict) =>
          conflict
            .column('chain')
            .doUpdateSet({ seq: head.seq, hash: head.hash })
            .where('auditHeads.seq', '<', head.seq),
        )
        .execute();
  });
}

async function requireSame(transaction: Transaction<Tables>, rows: readonly AuditRow[]): Promise<void> {
  for (const chain of new Set(rows.map((row) => row.chain))) {
    const own = rows.filter((row) => row.chain === chain);
    const seqs = own.map(({ seq }) => seq);
    const kept = await transaction
      .selectFrom('auditEntries')
      .select(['seq', 'hash'])
      .where('chain', '=', chain)
      .where('seq', '>=', Math.min(...seqs))
      .where('seq', '<=', Math.max(...seqs))
      .execute();
    const hashes = new Map(kept.map(({ seq, hash }) => [seq, hash]));
    const other = own.find(({ seq, hash }) => hashes.get(seq) !== hash);
    if (other !== undefined) throw new ChainConflictError(chain, other.seq);
  }
}

function lastOfEachChain(rows: readonly AuditRow[]): AuditHead[] {
  const heads = new Map<string, AuditHead>();
  for (const { chain, seq, hash } of rows) heads.set(chain, { chain, seq, hash });
  return [...heads.values()];
}

export function auditReader(db: Kysely<Tables>): AuditReader {
  return {
    heads: () => db.selectFrom('auditHeads').selectAll().orderBy('chain').execute(),
    checkpoints: () => db.selectFrom('auditCheckpoints').selectAll().orderBy('chain').execute(),
    read: (chain, fromSeq, limit) =>
      db
        .selectFrom('auditEntries')
        .selectAll()
        .where('chain', '=', chain)
        .where('seq', '>=', fromSeq)
        .orderBy('seq')
        .limit(limit)
        .execute(),
  };
}

export function auditRepository(db: Kysely<Tables>, writer: SpooledWriter): AuditEntries {
  return {
    append: (rows) => (rows.length === 0 ? Promise.resolve() : writer.write({ kind: 'audit', rows })),
    async head(chain) {
      const spooled = writer.spooled
        .filter(({ kind }) => kind === 'audit')
        .flatMap(({ rows }) => rows as AuditRow[])
        .findLast((row) => row.chain === chain);
      if (spooled !== undefined) return { chain, seq: spooled.seq, hash: spooled.hash };
      return db.selectFrom('auditHeads').selectAll().where('chain', '=', chain).executeTakeFirst();
    },
    ...auditReader(db),
    search: (filter) => search(db, filter),
  };
}

function search(db: Kysely<Tables>, filter: AuditFilter): Promise<AuditRow[]> {
  let query = db.selectFrom('auditEntries').selectAll();
  for (const column of ['actor', 'action', 'subject', 'correlationId'] as const) {
    const wanted = filter[column];
    if (wanted !== undefined) query = query.where(column, '=', wanted);
  }
  if (filter.fromMs !== undefined) query = query.where('atMs', '>=', filter.fromMs);
  if (filter.toMs !== undefined) query = query.where('atMs', '<=', filter.toMs);
  const before = filter.before;
  if (before !== undefined)
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('atMs', 'chain', 'seq'), '<', tuple(before.atMs, before.chain, before.seq)),
    );
  return query
    .orderBy('atMs', 'desc')
    .orderBy('chain', 'desc')
    .orderBy('seq', 'desc')
    .limit(filter.limit)
    .execute();
}
