/**
 * What the rest of the engine and http see of the audit log: say what happened, wait until it is kept.
 */
export interface AuditDraft {
  /** Who: a token's id, or the part of the service that acted by itself. */
  readonly actor: string;
  /** What, in dotted lower case, from a bounded set: `portfolio.created`, `model.promoted`. */
  readonly action: string;
  /** On what: an id. */
  readonly subject: string;
  readonly outcome: 'ok' | 'refused' | 'failed';
  /** The request, job or cycle that this belongs to. */
  readonly correlationId: string;
  /** Plain JSON values. Fields that look like secrets are masked before they are hashed. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface AuditTrail {
  /** Resolves when the entry is durable; rejects when it could not be kept, and then it did not happen here. */
  record(draft: AuditDraft): Promise<void>;
}
