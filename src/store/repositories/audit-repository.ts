/**
 * Audit rows in the database. An append is one statement: the rows go over as one JSON text, so the statement
 * is the same for any number of them; the chain's head follows by trigger. Rows that are there already (a
 * replayed write) are accepted when they are the same; another row in their place becomes an update, which
 * the append-only guard refuses, and then nothing of the append is kept.
 */
import { type Kysely, sql } from 'kysely';
import type { FieldCipher } from '../crypto/field-cipher.ts';
import type { Dialect } from '../migrations/dialect.ts';
import type { AuditEntries, AuditFilter, AuditReader, AuditRow } from '../ports/audit-entries.ts';
import { ChainConflictError } from '../ports/store-failure.ts';
import type { Tables } from '../schema.ts';
import type { SpooledWriter } from '../spool/spooled-writer.ts';
import { source } from './json-source.ts';
import { pageInsert, type SealedPage, sealPage } from './lineage-repository.ts';
import { writeAtOnce } from './one-write.ts';

const COLUMNS = `chain, seq, at_ms, actor, action, subject, outcome, correlation_id, details, previous_hash, hash`;

const KINDS = COLUMNS.split(', ').map((name) => (name === 'seq' || name === 'at_ms' ? 'bigint' : 'text'));

export async function insertAuditRows(
  db: Kysely<Tables>,
  dialect: Dialect,
  rows: readonly AuditRow[],
  pages: readonly SealedPage[] = [],
): Promise<void> {
  const values = rows.map((row) => [
    row.chain,
    row.seq,
    row.atMs,
    row.actor,
    row.action,
    row.subject,
    row.outcome,
    row.correlationId,
    row.details,
    row.previousHash,
    row.hash,
  ]);
  const entries = sql`insert into audit_entries (${sql.raw(COLUMNS)}) ${source(dialect, KINDS, values)}
    on conflict (chain, seq) do update set hash = excluded.hash
    where audit_entries.hash <> excluded.hash`;
  try {
    await writeAtOnce(db, dialect, [...pages.map(pageInsert), entries]);
  } catch (error) {
    const [first] = rows;
    if (first !== undefined && /append-only/.test((error as Error).message))
      throw new ChainConflictError(first.chain, first.seq);
    throw error;
  }
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

export function auditRepository(
  db: Kysely<Tables>,
  cipher: FieldCipher,
  writer: SpooledWriter,
): AuditEntries {
  return {
    async append(rows, lineages = []) {
      const [first] = rows;
      if (first === undefined) return;
      const entries = { kind: 'audit', rows };
      if (lineages.length === 0) await writer.write(entries);
      else {
        const page = sealPage(cipher, first, lineages);
        await writer.writeTogether([{ kind: 'lineage-pages', rows: [page] }, entries]);
      }
    },
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
