/**
 * Expected failures, as values. A broken contract throws; an expected outcome is one of these.
 * Failures cross threads, so they are plain objects and never classes.
 */
export type FailureReason =
  | 'unknown-symbol'
  | 'insufficient-history'
  | 'stale-data'
  | 'not-ready'
  | 'horizon-not-served'
  | 'invalid-book'
  | 'numerical'
  | 'timeout'
  | 'overloaded'
  | 'refused-by-directive';

export interface Failure {
  readonly ok: false;
  readonly reason: FailureReason;
  readonly message: string;
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

export type Outcome<T> = { readonly ok: true; readonly value: T } | Failure;

export function success<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function failure(reason: FailureReason, message: string, details?: Failure['details']): Failure {
  return details === undefined ? { ok: false, reason, message } : { ok: false, reason, message, details };
}
