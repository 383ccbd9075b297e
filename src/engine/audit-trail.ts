/**
 * What the rest of the engine and http see of the audit log: say what happened, wait until it is kept.
 */
import type { LineageRecord } from '#store/ports/lineages.ts';

export interface AuditDraft {
  /** Who: a token's id, or the part of the service that acted by itself. */
  readonly actor: string;
  /** What, in dotted lower case, from a bounded set: `portfolio.created`, `model.promoted`. */
  readonly action: string;
  /** On what: an id. */
  readonly subject: string;
  /** `requested` precedes what a caller asked to change; the outcome follows under the same correlation id. */
  readonly outcome: 'requested' | 'ok' | 'refused' | 'failed';
  /** The request, job or cycle that this belongs to. */
  readonly correlationId: string;
  /** Plain JSON values. Fields that look like secrets are masked before they are hashed. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Of the answers that the entry names: kept in the same write, so that neither is there without the other. */
  readonly lineages?: readonly LineageRecord[];
}

export interface AuditTrail {
  /** Resolves when the entry is durable; rejects when it could not be kept, and then it did not happen here. */
  record(draft: AuditDraft): Promise<void>;
}

export interface AuditedCall {
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly correlationId: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * Runs a change between two entries: the request is kept before anything changes, so no change is ever
 * unaudited, and the outcome before anyone is told. `refused` names an effect that changed nothing.
 */
export async function audited<T>(
  trail: AuditTrail,
  call: AuditedCall,
  effect: () => Promise<T>,
  refused: (result: T) => boolean = () => false,
): Promise<T> {
  await trail.record({ ...call, outcome: 'requested' });
  let result: T;
  try {
    result = await effect();
  } catch (error) {
    await trail.record({ ...call, outcome: 'failed' });
    throw error;
  }
  await trail.record({ ...call, outcome: refused(result) ? 'refused' : 'ok' });
  return result;
}
