/** Idempotency-Key of creating calls: the first reply is kept and replayed. Times in epoch milliseconds. */
export interface KeptReply {
  readonly status: number;
  /** The body as sent. */
  readonly body: string;
  readonly contentType: string;
  readonly location?: string;
}

export type KeyClaim =
  | { readonly kind: 'fresh' }
  | { readonly kind: 'running' }
  | { readonly kind: 'mismatch' }
  | { readonly kind: 'replay'; readonly reply: KeptReply };

export interface IdempotencyKeys {
  /**
   * Claims a key for its caller. `fingerprint` is a hash of method, path and body: another one under the same
   * key is a mismatch. A claim whose holder died is taken over after `holdMs`.
   */
  claim(
    caller: string,
    key: string,
    fingerprint: string,
    nowMs: number,
    holdMs: number,
    ttlMs: number,
  ): Promise<KeyClaim>;
  finish(caller: string, key: string, reply: KeptReply): Promise<void>;
  /** Forgets a claim, so that the call may be tried again. */
  abandon(caller: string, key: string): Promise<void>;
}
