/** Removal of what is past its time. Ages in milliseconds; an absent age keeps that kind for ever. */
export interface RetentionPolicy {
  readonly forecastsMs?: number;
  readonly complianceMs?: number;
  readonly jobsMs?: number;
  readonly riskPointsMs?: number;
  readonly lineagesMs?: number;
  /** Archived and rejected versions; a champion, its predecessor and challengers always stay. */
  readonly modelsMs?: number;
  /** Whole prefixes of audit chains; a checkpoint with the last removed hash stays, so the rest still verifies. */
  readonly auditMs?: number;
}

export interface RetentionReport {
  /** Rows removed, by table. */
  readonly removed: Readonly<Record<string, number>>;
}

export interface Retention {
  /** Expired idempotency keys and tokens always go. Works in bounded batches, so writers are never held long. */
  apply(policy: RetentionPolicy, nowMs: number): Promise<RetentionReport>;
}
