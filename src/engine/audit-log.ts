/**
 * The writer of this replica's audit chain. Entries that arrive while a write is under way go together in
 * the next one, so auditing every answer costs one durable write per batch and not per answer.
 * Flow: callers -> queue -> chain -> store (database or spool) -> acknowledged.
 */
import type { AuditEntries, AuditHead, AuditRow } from '#store/ports/audit-entries.ts';
import { StoreUnavailableError } from '#store/ports/store-failure.ts';
import { nextRow } from './audit-chain.ts';
import type { AuditDraft, AuditTrail } from './audit-trail.ts';

export interface AuditLogOptions {
  readonly entries: AuditEntries;
  /** This replica's chain; unique among live replicas. */
  readonly chain: string;
  /** Nobody wrote this chain before, so its first entry needs no look at the store. */
  readonly newChain?: boolean;
  readonly maxBatch?: number;
  /** Entries that may wait; more are refused, so memory stays bounded while nothing can be kept. */
  readonly maxQueue?: number;
  /**
   * Entries wait for company while they come close together, a millisecond for each that the last batch had and
   * this at most; one that comes by itself never waits.
   */
  readonly lingerMs?: number;
  readonly now?: () => number;
  /** Called with the actions of every batch that was kept. */
  readonly onKept?: (rows: readonly AuditRow[]) => void;
}

/** Entries of one batch that promise company to the next. */
const COMPANY = 3;

interface Waiting {
  readonly draft: AuditDraft;
  readonly atMs: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class AuditLog implements AuditTrail {
  readonly #options: Required<AuditLogOptions>;
  #queue: Waiting[] = [];
  #head: AuditHead | undefined;
  /** False where a write failed: it may have been kept all the same, so the head must be read again. */
  #headKnown: boolean;
  /** Entries of the last batch: with company, the next is worth a wait. */
  #lastBatch = 0;
  #draining: Promise<void> | undefined;
  #closed = false;

  constructor(options: AuditLogOptions) {
    this.#options = {
      maxBatch: 500,
      maxQueue: 20_000,
      lingerMs: 16,
      now: Date.now,
      onKept: () => {},
      newChain: false,
      ...options,
    };
    this.#headKnown = this.#options.newChain;
  }

  get chain(): string {
    return this.#options.chain;
  }

  get head(): AuditHead | undefined {
    return this.#head;
  }

  record(draft: AuditDraft): Promise<void> {
    const { maxQueue, now } = this.#options;
    if (this.#closed) return Promise.reject(new StoreUnavailableError('audit log closed'));
    if (this.#queue.length >= maxQueue) return Promise.reject(new StoreUnavailableError('audit queue full'));
    return new Promise((resolve, reject) => {
      this.#queue.push({ draft, atMs: now(), resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Resolves when nothing waits any more. */
  async flush(): Promise<void> {
    while (this.#draining !== undefined) await this.#draining;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
  }

  async #drain(): Promise<void> {
    const { lingerMs, maxBatch } = this.#options;
    // One turn of the loop first: entries of the same turn go together at no cost.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const waitMs = this.#lastBatch < COMPANY ? 0 : Math.min(this.#lastBatch, lingerMs);
      if (waitMs > 0 && this.#queue.length < maxBatch && !this.#closed)
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      const batch = this.#queue.slice(0, maxBatch);
      this.#queue = this.#queue.slice(maxBatch);
      this.#lastBatch = batch.length;
      try {
        await this.#keep(batch);
        for (const { resolve } of batch) resolve();
      } catch (error) {
        this.#headKnown = false;
        for (const { reject } of batch) reject(error as Error);
      }
    }
    this.#draining = undefined;
  }

  async #keep(batch: readonly Waiting[]): Promise<void> {
    const { entries, chain, onKept } = this.#options;
    if (!this.#headKnown) {
      this.#head = await entries.head(chain);
      this.#headKnown = true;
    }
    const rows: AuditRow[] = [];
    let head = this.#head;
    for (const { draft, atMs } of batch) {
      const row = nextRow(chain, head, atMs, draft);
      rows.push(row);
      head = row;
    }
    await entries.append(
      rows,
      batch.flatMap(({ draft }) => draft.lineages ?? []),
    );
    this.#head = head === undefined ? undefined : { chain, seq: head.seq, hash: head.hash };
    onKept(rows);
  }
}
