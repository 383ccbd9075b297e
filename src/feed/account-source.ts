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
}

export type AccountFault = {
  /** `over-privileged`: the key can do more than read, so nothing is read with it. */
  readonly kind: 'refused' | 'clock' | 'rate-limited' | 'unreachable' | 'malformed' | 'over-privileged';
  readonly message: string;
  readonly retryAfterMs?: number;
  /** Rights of the key beyond reading. */
  readonly rights?: readonly string[];
};

export type AccountOutcome =
  | { readonly ok: true; readonly value: AccountSnapshot }
  | { readonly ok: false; readonly fault: AccountFault };

export interface AccountSource {
  /** Holdings, where the key was just seen to be a read-only one; a fault otherwise. */
  read(signal?: AbortSignal): Promise<AccountOutcome>;
}
