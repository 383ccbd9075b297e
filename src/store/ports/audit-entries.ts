/**
 * Rows of the audit log. The chain itself (hashes, anchors) is the engine's affair; the store keeps rows in
 * order, refuses to change them, and says when they are durable.
 * Units: times in epoch milliseconds; hashes are lower-case hex SHA-256.
 */
import type { LineageRecord } from './lineages.ts';

export interface AuditRow {
  /** One chain per replica. */
  readonly chain: string;
  /** 0, 1, 2, ... without gaps within a chain. */
  readonly seq: number;
  readonly atMs: number;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly outcome: string;
  readonly correlationId: string;
  /** Canonical JSON. */
  readonly details: string;
  readonly previousHash: string;
  readonly hash: string;
}

/** The end of a chain, kept beside the rows so that a cut-off tail is seen. */
export interface AuditHead {
  readonly chain: string;
  readonly seq: number;
  readonly hash: string;
}

/** Rows up to and including `seq` were removed by retention; `hash` is the hash of the last one. */
export interface AuditCheckpoint extends AuditHead {
  readonly prunedMs: number;
}

export interface AuditFilter {
  readonly actor?: string;
  readonly action?: string;
  readonly correlationId?: string;
  readonly subject?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly limit: number;
  /** Newest first; rows strictly older than this place. */
  readonly before?: { readonly atMs: number; readonly chain: string; readonly seq: number };
}

/** What verification needs. */
export interface AuditReader {
  /** Kept heads of every chain. */
  heads(): Promise<readonly AuditHead[]>;
  checkpoints(): Promise<readonly AuditCheckpoint[]>;
  /** Rows of one chain in order, from `fromSeq`, at most `limit`. */
  read(chain: string, fromSeq: number, limit: number): Promise<readonly AuditRow[]>;
}

export interface AuditEntries extends AuditReader {
  /**
   * Resolves when every row is durable, in the database or in the spool; rejects with no row kept. The lineages
   * that the rows name are durable no later than the rows.
   */
  append(rows: readonly AuditRow[], lineages?: readonly LineageRecord[]): Promise<void>;
  /** The last acknowledged row of a chain, the spool's included. */
  head(chain: string): Promise<AuditHead | undefined>;
  search(filter: AuditFilter): Promise<readonly AuditRow[]>;
}
