/**
 * The door to an exchange account that is read, never traded: what it holds now.
 * Units: free and locked in units of the asset. Flow: exchange REST -> here -> engine (portfolio `account`).
 */
export interface Holding {
  readonly asset: string;
  readonly free: number;
  readonly locked: number;
}

export interface AccountSnapshot {
  readonly holdings: readonly Holding[];
  /** The exchange's clock at the last change of the account. */
  readonly updatedMs: number;
  readonly readMs: number;
  /** Rights of the key beyond reading; empty when the key can only read, undefined when that cannot be told. */
  readonly excessRights: readonly string[] | undefined;
}

export type AccountFault = {
  readonly kind: 'refused' | 'clock' | 'rate-limited' | 'unreachable' | 'malformed';
  readonly message: string;
  readonly retryAfterMs?: number;
};

export type AccountOutcome =
  | { readonly ok: true; readonly value: AccountSnapshot }
  | { readonly ok: false; readonly fault: AccountFault };

export interface AccountSource {
  read(signal?: AbortSignal): Promise<AccountOutcome>;
}
