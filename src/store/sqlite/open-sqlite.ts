/** A SQLite file, locked, checked and opened. Flow: path -> lock -> integrity check -> thread -> Kysely. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { CamelCasePlugin, Kysely } from 'kysely';
import type { Tables } from '../schema.ts';
import { checkFile } from './file-integrity.ts';
import { lockFile } from './file-lock.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import { SqliteLink } from './sqlite-link.ts';

export interface OpenDatabase {
  readonly db: Kysely<Tables>;
  close(): Promise<void>;
}

export async function openSqlite(path: string): Promise<OpenDatabase> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const lock = lockFile(path);
  try {
    // SQLite gives its log files the mode of the database file.
    closeSync(openSync(path, 'a', 0o600));
    checkFile(path);
    const link = new SqliteLink(path);
    await link.ready;
    const db = new Kysely<Tables>({ dialect: sqliteDialect(link), plugins: [new CamelCasePlugin()] });
    return {
      db,
      close: async () => {
        await db.destroy();
        await link.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
