/**
 * Verifies the audit log of a database, offline or beside the running service.
 *   npm run audit:verify -- --database .data/store.db [--chain NAME] [--from N] [--to N] [--json]
 *   npm run audit:verify -- --database postgres://...   (or DATABASE_URL, or DATA_DIR)
 * Exit codes: 0 the log is whole, 1 it is broken (the first broken entry is named), 2 it could not be read.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type AuditRange, type AuditVerdict, verifyAudit } from '#engine/audit-verifier.ts';
import { openAuditReader } from '#store/open-audit-reader.ts';

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new Error(`--${name} takes a whole number, not ${text}`);
  return value;
}

function print(verdict: AuditVerdict): void {
  for (const { chain, fromSeq, toSeq, entries, headHash } of verdict.chains)
    console.log(`${chain}: ${entries} entries (${fromSeq} to ${toSeq}), head ${headHash}`);
  console.log(
    verdict.broken === undefined
      ? `ok: ${verdict.entries} entries, ${verdict.anchors} anchored heads`
      : `BROKEN (${verdict.broken.fault}): ${verdict.broken.message}`,
  );
}

async function run(): Promise<number> {
  const { values } = parseArgs({
    options: {
      database: { type: 'string' },
      chain: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const location =
    values.database ?? process.env['DATABASE_URL'] ?? join(process.env['DATA_DIR'] ?? '.data', 'store.db');
  const fromSeq = wholeNumber('from', values.from);
  const toSeq = wholeNumber('to', values.to);
  const range: AuditRange = {
    ...(values.chain !== undefined && { chain: values.chain }),
    ...(fromSeq !== undefined && { fromSeq }),
    ...(toSeq !== undefined && { toSeq }),
  };
  const reader = await openAuditReader(location);
  try {
    const verdict = await verifyAudit(reader, range);
    if (values.json) console.log(JSON.stringify(verdict));
    else print(verdict);
    return verdict.ok ? 0 : 1;
  } finally {
    await reader.close();
  }
}

try {
  process.exitCode = await run();
} catch (error) {
  console.error(`the audit log could not be read: ${(error as Error).message}`);
  process.exitCode = 2;
}
