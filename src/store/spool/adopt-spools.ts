/**
 * Spools that earlier processes left behind: a process that was killed during an outage kept its records in
 * a file that nobody else reads. Whoever opens the same folder next takes them over.
 * Flow: *.spool files nobody holds -> this process's writer (database or its own spool) -> file removed.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { StoreUnavailableError } from '../ports/store-failure.ts';
import { type FileLock, lockFile } from '../sqlite/file-lock.ts';
import { SpoolFile } from './spool-file.ts';
import type { SpooledWriter, SpoolRecord } from './spooled-writer.ts';

const SUFFIX = '.spool';

/** Holds the spool of this name; throws where a living process holds it. */
export function lockSpool(
  dataDir: string,
  instance: string,
): { readonly path: string; readonly lock: FileLock } {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, `${instance}${SUFFIX}`);
  return { path, lock: lockFile(path) };
}

export async function adoptSpools(dataDir: string, own: string, writer: SpooledWriter): Promise<number> {
  let adopted = 0;
  for (const name of readdirSync(dataDir).sort()) {
    const path = join(dataDir, name);
    if (!name.endsWith(SUFFIX) || path === own) continue;
    const lock = tryLock(path);
    if (lock === undefined) continue;
    try {
      if (!existsSync(path)) continue;
      const left = await SpoolFile.open(path, Number.POSITIVE_INFINITY);
      try {
        for (const record of left.records) {
          await writer.write(record as SpoolRecord);
          adopted++;
        }
        rmSync(path);
      } catch (error) {
        // No room in our own spool while the database is away: the file stays for a later start.
        if (!(error instanceof StoreUnavailableError)) throw error;
      } finally {
        await left.close();
      }
    } finally {
      lock.release();
      rmSync(`${path}.lock`, { force: true });
    }
  }
  return adopted;
}

function tryLock(path: string): FileLock | undefined {
  try {
    return lockFile(path);
  } catch {
    return undefined;
  }
}
