/**
 * One process per SQLite file. The lock is the operating system's (through SQLite's own locking of a small
 * side file), so a killed holder leaves none behind.
 */
import { DatabaseSync } from 'node:sqlite';

export interface FileLock {
  release(): void;
}

/** Throws where another process, or another store in this one, holds the file. */
export function lockFile(path: string): FileLock {
  const side = `${path}.lock`;
  const database = new DatabaseSync(side, { timeout: 0 });
  try {
    database.exec('begin exclusive');
  } catch (error) {
    database.close();
    throw new Error(`${path} is in use by another process (its lock ${side} is held)`, {
      cause: error,
    });
  }
  return { release: () => database.close() };
}
