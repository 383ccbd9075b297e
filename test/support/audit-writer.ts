/**
 * A process that audits as fast as it can and prints the subject of every entry once it is acknowledged, to
 * be killed at any moment. Arguments: data folder, name of the run, database URL or `sqlite`.
 */
import { writeSync } from 'node:fs';
import { AuditLog } from '../../src/engine/audit-log.ts';
import { openStore } from '../../src/store/open-store.ts';

const [dataDir = '', run = '', url = 'sqlite'] = process.argv.slice(2);
const store = await openStore({
  dataDir,
  instance: run,
  ...(url !== 'sqlite' && {
    postgres: { url, connectTimeoutMs: 200 },
    encryptionKeys: `k:${Buffer.alloc(32, 1).toString('base64')}`,
  }),
});
const log = new AuditLog({ entries: store.audit, chain: 'killed', lingerMs: 0 });
let next = 0;
async function writer(): Promise<never> {
  for (;;) {
    const subject = `${run}-${next++}`;
    await log.record({ actor: 'a', action: 'x', subject, outcome: 'ok', correlationId: run });
    await print(`${subject}\n`);
  }
}

/** Synchronous, so that what is printed leaves at once; waits where the reader is behind. */
async function print(line: string): Promise<void> {
  for (;;)
    try {
      writeSync(1, line);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
}

await Promise.all(Array.from({ length: 4 }, writer));
