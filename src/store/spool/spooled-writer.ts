/**
 * Writes that must not be lost: to the database while it answers, to the spool while it does not, replayed
 * in order when it is back. Acknowledged means durable in one of the two.
 * Flow: port -> here -> database | spool file -> (recovery) database.
 * Writes are taken one after another, so their order is the callers' order; applying one twice must be the
 * same as once, because a write whose answer was lost is spooled as well.
 */
import { outageKind } from '../outage.ts';
import { StoreUnavailableError } from '../ports/store-failure.ts';
import { type SpoolFile, SpoolFullError } from './spool-file.ts';

export interface SpoolRecord {
  readonly kind: string;
  readonly rows: readonly unknown[];
  /** Large beside its worth: it takes at most half of the spool, so that it never keeps audit entries out. */
  readonly bulk?: boolean;
}

/** Several records are kept all or none. */
export type Apply = (records: readonly SpoolRecord[]) => Promise<void>;

export interface SpooledWriterOptions {
  readonly spool: SpoolFile;
  readonly apply: Apply;
  /** Cheap question whether the database is back, asked outside the queue of writers. */
  readonly probe: () => Promise<boolean>;
  readonly retryMs: number;
  /** The database is known to be away already. */
  readonly away?: boolean;
  /** A record that the database refuses for good: reported, then left out of the replay. */
  readonly onRefused: (record: SpoolRecord, error: Error) => void;
  readonly onOutcome: (kind: string | undefined) => void;
}

export class SpooledWriter {
  readonly #options: SpooledWriterOptions;
  #tail: Promise<unknown> = Promise.resolve();
  #spooling: boolean;
  #full = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  /** Records at the head of the spool that are in the database already. */
  #replayed = 0;

  constructor(options: SpooledWriterOptions) {
    this.#options = options;
    this.#spooling = options.away === true || options.spool.records.length > 0;
    if (this.#spooling) this.#retryLater();
  }

  get spooling(): boolean {
    return this.#spooling;
  }

  get full(): boolean {
    return this.#full;
  }

  get spooled(): readonly SpoolRecord[] {
    return this.#options.spool.records as readonly SpoolRecord[];
  }

  write(record: SpoolRecord): Promise<void> {
    return this.writeTogether([record]);
  }

  /** All of them in one transaction; through an outage one after another, so that none is there before its forerunners. */
  writeTogether(records: readonly SpoolRecord[]): Promise<void> {
    return this.#inOrder(() => this.#write(records));
  }

  /** Puts what is spooled into the database; true when nothing is left. */
  replay(): Promise<boolean> {
    return this.#inOrder(() => this.#replay());
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#tail;
    await this.#options.spool.close();
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  async #write(records: readonly SpoolRecord[]): Promise<void> {
    if (this.#closed) throw new StoreUnavailableError('closed');
    if (!this.#spooling) {
      try {
        await this.#options.apply(records);
        this.#options.onOutcome(undefined);
        return;
      } catch (error) {
        const kind = outageKind(error);
        if (kind === undefined) throw error;
        this.#options.onOutcome(kind);
      }
    }
    for (const record of records) await this.#spool(record);
  }

  async #spool(record: SpoolRecord): Promise<void> {
    this.#spooling = true;
    this.#retryLater();
    const { bytes, limitBytes } = this.#options.spool;
    if (record.bulk === true && bytes > limitBytes / 2) throw new StoreUnavailableError('spool-full');
    try {
      await this.#options.spool.append(record);
      this.#full = false;
    } catch (error) {
      this.#full = true;
      const kind = error instanceof SpoolFullError ? 'spool-full' : 'spool-failed';
      throw new StoreUnavailableError(kind, error);
    }
  }

  async #replay(): Promise<boolean> {
    if (!this.#spooling) return true;
    while (this.#replayed < this.spooled.length) {
      const run = runOf(this.spooled, this.#replayed);
      const kept = (await this.#reapply(merged(run))) ?? (await this.#oneByOne(run));
      if (!kept) return false;
      this.#replayed += run.length;
    }
    await this.#options.spool.clear();
    this.#options.onOutcome(undefined);
    this.#replayed = 0;
    this.#spooling = false;
    this.#full = false;
    return true;
  }

  /** True when kept, false where the database is away, undefined where it refuses the record. */
  async #reapply(record: SpoolRecord, report = false): Promise<boolean | undefined> {
    try {
      await this.#options.apply([record]);
      return true;
    } catch (error) {
      const kind = outageKind(error);
      if (kind !== undefined) {
        this.#options.onOutcome(kind);
        return false;
      }
      if (report) this.#options.onRefused(record, error as Error);
      return undefined;
    }
  }

  /** Finds which record of a refused run is at fault; false where the database went away meanwhile. */
  async #oneByOne(run: readonly SpoolRecord[]): Promise<boolean> {
    for (const record of run) if ((await this.#reapply(record, true)) === false) return false;
    return true;
  }

  #retryLater(): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = setTimeout(async () => {
      this.#timer = undefined;
      const done = (await this.#options.probe()) && (await this.replay().catch(() => false));
      if (!done) this.#retryLater();
    }, this.#options.retryMs);
    this.#timer.unref();
  }
}

/** Rows that go into the database in one write when an outage is over. */
const ROWS_PER_REPLAY = 2_000;

/** The records from `start` on that are of one kind and fit one write; at least one. */
function runOf(records: readonly SpoolRecord[], start: number): readonly SpoolRecord[] {
  const { kind } = records[start] as SpoolRecord;
  let rows = 0;
  let end = start;
  while (end < records.length && records[end]?.kind === kind && (end === start || rows < ROWS_PER_REPLAY)) {
    rows += records[end]?.rows.length ?? 0;
    end++;
  }
  return records.slice(start, end);
}

function merged(run: readonly SpoolRecord[]): SpoolRecord {
  return { kind: (run[0] as SpoolRecord).kind, rows: run.flatMap(({ rows }) => rows) };
}
