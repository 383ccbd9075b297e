/** API tokens by the hash of their secret. */
import type { Kysely } from 'kysely';
import type { TokenRecord, TokenScope, Tokens } from '../ports/tokens.ts';
import type { Tables } from '../schema.ts';
import { present } from './rows.ts';

function fromRow({ hash: _never, scopes, ...row }: Tables['tokens']): TokenRecord {
  return { ...present(row), scopes: JSON.parse(scopes) as TokenScope[] };
}

export function tokenRepository(db: Kysely<Tables>): Tokens {
  return {
    async add(token, hash) {
      await db
        .insertInto('tokens')
        .values({
          ...token,
          hash,
          scopes: JSON.stringify(token.scopes),
          expiresMs: token.expiresMs ?? null,
          revokedMs: token.revokedMs ?? null,
        })
        .execute();
    },
    async find(hash) {
      const row = await db.selectFrom('tokens').selectAll().where('hash', '=', hash).executeTakeFirst();
      return row === undefined ? undefined : fromRow(row);
    },
    async list() {
      const rows = await db.selectFrom('tokens').selectAll().orderBy('createdMs').orderBy('id').execute();
      return rows.map(fromRow);
    },
    async revoke(id, atMs) {
      const { numUpdatedRows } = await db
        .updateTable('tokens')
        .set({ revokedMs: atMs })
        .where('id', '=', id)
        .where('revokedMs', 'is', null)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
  };
}
