/**
 * How every port fails when the database does not answer: a rejection with this error, whatever the dialect.
 * Its message names the kind of failure only; the driver's own error stays in `cause`.
 */
export class StoreUnavailableError extends Error {
  readonly kind: string;

  constructor(kind: string, cause?: unknown) {
    super(`the store is unavailable: ${kind}`, { cause });
    this.name = 'StoreUnavailableError';
    this.kind = kind;
  }
}

/** Two writers claimed the same place in an audit chain. */
export class ChainConflictError extends Error {
  constructor(chain: string, seq: number) {
    super(`audit chain ${chain} already holds other entries from ${seq} on`);
    this.name = 'ChainConflictError';
  }
}
