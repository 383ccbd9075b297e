/**
 * The check of a SQLite file before it is used. A damaged file is refused and kept as it is: nothing here
 * writes to it, so whatever can be rescued from it still can.
 */
import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

export class CorruptStoreError extends Error {
  readonly path: string;
  constructor(path: string, finding: string) {
    super(
      `the store file ${path} is damaged (${finding}); it was left untouched: restore it from a backup, or ` +
        'move it away to start with an empty store',
    );
    this.name = 'CorruptStoreError';
    this.path = path;
  }
}

export function checkFile(path: string): void {
  if (!existsSync(path) || statSync(path).size === 0) return;
  let finding: string;
  try {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
    try {
      const row = database.prepare('pragma integrity_check(1)').get() as { integrity_check: string };
      finding = row.integrity_check;
    } finally {
      database.close();
    }
  } catch (error) {
    finding = (error as Error).message;
  }
  if (finding !== 'ok') throw new CorruptStoreError(path, finding.replace(/\s+/g, ' '));
}
