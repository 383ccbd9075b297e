/** Idempotency keys. The kept reply may show a book, so it is sealed. */
import type { Kysely } from 'kysely';
import type { FieldCipher } from '../crypto/field-cipher.ts';
import type { IdempotencyKeys, KeptReply } from '../ports/idempotency-keys.ts';
import type { Tables } from '../schema.ts';

const place = (caller: string, key: string): string => `idempotency/${caller}/${key}`;

export function idempotencyRepository(db: Kysely<Tables>, cipher: FieldCipher): IdempotencyKeys {
  return {
    async claim(caller, key, fingerprint, nowMs, holdMs, ttlMs) {
      const claim = { fingerprint, claimedMs: nowMs, expiresMs: nowMs + ttlMs };
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('idempotencyKeys')
        .values({ caller, key, ...claim, status: null, keyId: null, sealed: null })
        .onConflict((conflict) =>
          conflict
            .columns(['caller', 'key'])
            .doUpdateSet({ ...claim, status: null, keyId: null, sealed: null })
            .where(({ or, and, eb }) =>
              or([
                eb('idempotencyKeys.expiresMs', '<=', nowMs),
                and([
                  eb('idempotencyKeys.status', 'is', null),
                  eb('idempotencyKeys.fingerprint', '=', fingerprint),
                  eb('idempotencyKeys.claimedMs', '<=', nowMs - holdMs),
                ]),
              ]),
            ),
        )
        .executeTakeFirst();
      if ((numInsertedOrUpdatedRows ?? 0n) > 0n) return { kind: 'fresh' };
      const kept = await db
        .selectFrom('idempotencyKeys')
        .selectAll()
        .where('caller', '=', caller)
        .where('key', '=', key)
        .executeTakeFirst();
      if (kept === undefined) return { kind: 'running' };
      if (kept.fingerprint !== fingerprint) return { kind: 'mismatch' };
      if (kept.keyId === null || kept.sealed === null) return { kind: 'running' };
      const sealed = { keyId: kept.keyId, sealed: kept.sealed };
      return { kind: 'replay', reply: cipher.open<KeptReply>(place(caller, key), sealed) };
    },
    async finish(caller, key, reply) {
      await db
        .updateTable('idempotencyKeys')
        .set({ status: reply.status, ...cipher.seal(place(caller, key), reply) })
        .where('caller', '=', caller)
        .where('key', '=', key)
        .execute();
    },
    async abandon(caller, key) {
      await db
        .deleteFrom('idempotencyKeys')
        .where('caller', '=', caller)
        .where('key', '=', key)
        .where('status', 'is', null)
        .execute();
    },
  };
}
