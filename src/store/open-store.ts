/**
 * Opens the store: picks the database, brings its tables up to date, replays what an earlier outage left in
 * the spool, and hands out the ports.
 * Flow: options -> SQLite file | PostgreSQL pool -> migrations -> spool replay -> Store.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { FieldCipher } from './crypto/field-cipher.ts';
import { keyFileSecret } from './crypto/key-file.ts';
import { parseKeyRing } from './crypto/key-ring.ts';
import { guarded, NOT_READY } from './guarded.ts';
import { startMigration } from './migrations/late-migration.ts';
import type { AuditRow } from './ports/audit-entries.ts';
import type { ForecastOutcome, ForecastRow } from './ports/forecasts.ts';
import type { PublishedEpoch } from './ports/lineage-inputs.ts';
import type { Store, StoreHealth } from './ports/store.ts';
import { StoreUnavailableError } from './ports/store-failure.ts';
import { openPostgres, type PostgresOptions } from './postgres/open-postgres.ts';
import { wrongSettings } from './postgres/wrong-settings.ts';
import { auditRepository, insertAuditRows } from './repositories/audit-repository.ts';
import { complianceRepository } from './repositories/compliance-repository.ts';
import { forecastRepository, insertForecasts, scoreForecasts } from './repositories/forecast-repository.ts';
import { idempotencyRepository } from './repositories/idempotency-repository.ts';
import { jobRepository } from './repositories/job-repository.ts';
import { leaseRepository } from './repositories/lease-repository.ts';
import {
  type BarRow,
  type BaseRow,
  insertBases,
  insertEpochs,
  insertSeenBars,
  lineageInputsRepository,
} from './repositories/lineage-inputs-repository.ts';
import { lineageRepository, pageInsert, type SealedPage } from './repositories/lineage-repository.ts';
import { modelRepository } from './repositories/model-repository.ts';
import { portfolioRepository } from './repositories/portfolio-repository.ts';
import { retentionRepository } from './repositories/retention-repository.ts';
import { riskPointRepository } from './repositories/risk-point-repository.ts';
import { tokenRepository } from './repositories/token-repository.ts';
import { adoptSpools, lockSpool } from './spool/adopt-spools.ts';
import { SpoolFile } from './spool/spool-file.ts';
import { SpooledWriter, type SpoolRecord } from './spool/spooled-writer.ts';
import { type OpenDatabase, openSqlite } from './sqlite/open-sqlite.ts';

export interface StoreOptions {
  /** Folder of the SQLite file, the spool and the default key. Created where absent. */
  readonly dataDir: string;
  /** PostgreSQL when given, SQLite under `dataDir` otherwise. */
  readonly postgres?: PostgresOptions;
  /** `id:base64,...`, the first active. Needed with PostgreSQL; made and kept under `dataDir` with SQLite. */
  readonly encryptionKeys?: string;
  /** Names this process's spool file; unique among processes that share a folder. */
  readonly instance?: string;
  readonly spoolLimitBytes?: number;
  readonly spoolRetryMs?: number;
  /** A spooled record that the database refuses for good. The record's rows are not in the message. */
  readonly onRefused?: (kind: string, rows: number, error: Error) => void;
  /**
   * Called where PostgreSQL is away at the start: the store then opens on its spool, and brings the tables up
   * to date when the server is back. Without it such a start fails. Settings that can never work always fail.
   */
  readonly onAway?: (kind: string, cause: unknown) => void;
}

const SPOOL_LIMIT = 64 * 2 ** 20;
const PING_MS = 2_000;

export async function openStore(options: StoreOptions): Promise<Store> {
  const { dataDir, postgres } = options;
  if (postgres !== undefined && options.encryptionKeys === undefined)
    throw new Error('a PostgreSQL store needs encryption keys: replicas must share them');
  const database =
    postgres === undefined ? await openSqlite(join(dataDir, 'store.db')) : openPostgres(postgres);
  try {
    return await assemble(options, database);
  } catch (error) {
    await database.close();
    throw (postgres === undefined ? undefined : wrongSettings(error)) ?? error;
  }
}

async function assemble(options: StoreOptions, { db, close }: OpenDatabase): Promise<Store> {
  const { dataDir } = options;
  const dialect = options.postgres === undefined ? 'sqlite' : 'postgres';
  const secret = options.encryptionKeys ?? keyFileSecret(join(dataDir, 'store.keys'));
  const cipher = new FieldCipher(parseKeyRing(secret));
  let lastOkMs = 0;
  let lastError: string | undefined;
  let closed = false;
  const note = (outage: string | undefined): void => {
    if (outage === undefined) lastOkMs = Date.now();
    lastError = outage;
  };
  const migration = await startMigration(
    db,
    dialect,
    dialect === 'postgres' && options.onAway !== undefined,
    (kind, cause) => {
      note(kind);
      options.onAway?.(kind, cause);
    },
    (error) => {
      note('migration-refused');
      options.onRefused?.('migration', 0, wrongSettings(error) ?? error);
    },
  );
  if (migration.done) note(undefined);
  const fence = { note, ready: () => migration.done };

  const insert = async ({ kind, rows }: SpoolRecord): Promise<void> => {
    if (kind === 'audit') await insertAuditRows(db, dialect, rows as readonly AuditRow[]);
    else if (kind === 'forecasts') await insertForecasts(db, rows as readonly ForecastRow[]);
    else if (kind === 'outcomes') await scoreForecasts(db, rows as readonly ForecastOutcome[]);
    else if (kind === 'bases') await insertBases(db, rows as readonly BaseRow[]);
    else if (kind === 'bars') await insertSeenBars(db, rows as readonly BarRow[]);
    else if (kind === 'epochs') await insertEpochs(db, rows as readonly PublishedEpoch[]);
    else if (kind === 'lineage-pages')
      for (const page of rows as readonly SealedPage[]) await pageInsert(page).execute(db);
    else throw new Error(`the spool holds a record of unknown kind ${kind}`);
  };
  const apply = async (records: readonly SpoolRecord[]): Promise<void> => {
    if (!migration.done) throw new StoreUnavailableError(NOT_READY);
    const kinds = records.map(({ kind }) => kind).join();
    const [first, second] = records;
    if (kinds === 'lineage-pages,audit')
      await insertAuditRows(
        db,
        dialect,
        second?.rows as readonly AuditRow[],
        first?.rows as readonly SealedPage[],
      );
    else if (first !== undefined && second === undefined) await insert(first);
    else throw new Error(`records of kinds ${kinds} have no common write`);
  };

  async function ping(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), PING_MS);
    });
    const asked = sql`select 1`.execute(db).then(
      () => true,
      () => false,
    );
    const answered = await Promise.race([asked, late]);
    clearTimeout(timer);
    note(answered ? undefined : (lastError ?? 'timeout'));
    return answered;
  }

  const { path: spoolPath, lock: spoolLock } = lockSpool(dataDir, options.instance ?? 'store');
  const spool = await SpoolFile.open(spoolPath, options.spoolLimitBytes ?? SPOOL_LIMIT);
  const writer = new SpooledWriter({
    spool,
    apply,
    probe: async () => (await ping()) && migration.tryAgain(),
    away: !migration.done,
    retryMs: options.spoolRetryMs ?? 1_000,
    onRefused: ({ kind, rows }, error) => options.onRefused?.(kind, rows.length, error),
    onOutcome: note,
  });
  if (migration.done) await writer.replay();
  await adoptSpools(dataDir, spoolPath, writer);

  function health(): StoreHealth {
    const status = closed ? 'closed' : writer.full ? 'full' : writer.spooling ? 'spooling' : 'ok';
    const view = {
      dialect,
      status,
      spooledRecords: spool.records.length,
      spooledBytes: spool.bytes,
      spoolLimitBytes: spool.limitBytes,
      lastOkMs,
    } as const;
    return lastError === undefined ? view : { ...view, lastError };
  }

  return {
    models: guarded(modelRepository(db), fence),
    jobs: guarded(jobRepository(db), fence),
    forecasts: guarded(forecastRepository(db, writer), fence, ['issue', 'score']),
    compliance: guarded(complianceRepository(db), fence),
    audit: guarded(auditRepository(db, cipher, writer), fence, ['append', 'head']),
    portfolios: guarded(portfolioRepository(db, cipher), fence),
    riskPoints: guarded(riskPointRepository(db), fence),
    tokens: guarded(tokenRepository(db), fence),
    idempotency: guarded(idempotencyRepository(db, cipher), fence),
    leases: guarded(leaseRepository(db, dialect), fence),
    lineages: guarded(lineageRepository(db, dialect, cipher), fence),
    lineageInputs: guarded(lineageInputsRepository(db, writer), fence, [
      'keepBase',
      'keepBars',
      'keepEpochs',
    ]),
    retention: guarded(retentionRepository(db), fence),
    health,
    ping,
    async close() {
      if (closed) return;
      closed = true;
      await writer.replay().catch(() => false);
      await writer.close();
      if (spool.records.length === 0) rmSync(spoolPath, { force: true });
      spoolLock.release();
      rmSync(`${spoolPath}.lock`, { force: true });
      await close();
    },
  };
}
