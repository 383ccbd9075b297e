/**
 * Leases with rising fences, by the database's clock. Every change is one statement, so two replicas can
 * never both hold one.
 */
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Dialect } from '../migrations/dialect.ts';
import type { Lease, Leases } from '../ports/leases.ts';
import type { Tables } from '../schema.ts';

function clock(dialect: Dialect): RawBuilder<number> {
  return dialect === 'postgres'
    ? sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`
    : sql<number>`cast(unixepoch('subsec') * 1000 as integer)`;
}

export function leaseRepository(db: Kysely<Tables>, dialect: Dialect): Leases {
  const now = clock(dialect);
  return {
    acquire(name, holder, ttlMs) {
      const expiresMs = sql<number>`${now} + ${sql.lit(Math.round(ttlMs))}`;
      return db
        .insertInto('leases')
        .values({ name, holder, fence: 1, expiresMs })
        .onConflict((conflict) =>
          conflict
            .column('name')
            .doUpdateSet({
              holder,
              expiresMs,
              fence: sql<number>`case when leases.holder = ${holder} and leases.expires_ms > ${now}
                then leases.fence else leases.fence + 1 end`,
            })
            .where(({ or, eb }) => or([eb('leases.holder', '=', holder), eb('leases.expiresMs', '<=', now)])),
        )
        .returningAll()
        .executeTakeFirst();
    },
    renew({ name, holder, fence }, ttlMs) {
      return db
        .updateTable('leases')
        .set({ expiresMs: sql<number>`${now} + ${sql.lit(Math.round(ttlMs))}` })
        .where('name', '=', name)
        .where('holder', '=', holder)
        .where('fence', '=', fence)
        .where('expiresMs', '>', now)
        .returningAll()
        .executeTakeFirst();
    },
    async release({ name, holder, fence }: Lease) {
      await db
        .updateTable('leases')
        .set({ expiresMs: 0 })
        .where('name', '=', name)
        .where('holder', '=', holder)
        .where('fence', '=', fence)
        .execute();
    },
    current: (name) =>
      db
        .selectFrom('leases')
        .selectAll()
        .where('name', '=', name)
        .where('expiresMs', '>', now)
        .executeTakeFirst(),
    held: (prefix) =>
      db
        .selectFrom('leases')
        .selectAll()
        .where(sql<string>`substr(name, 1, ${sql.lit(prefix.length)})`, '=', prefix)
        .where('expiresMs', '>', now)
        .orderBy('name')
        .execute(),
  };
}
