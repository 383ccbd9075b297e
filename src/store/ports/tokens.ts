/** API tokens. Only the hash of a token is kept; the token itself is shown once, by its maker. Times in epoch ms. */
export type TokenScope = 'read' | 'write' | 'admin' | 'audit';

export interface TokenRecord {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly TokenScope[];
  readonly createdMs: number;
  readonly createdBy: string;
  readonly expiresMs?: number;
  readonly revokedMs?: number;
}

export interface Tokens {
  /** `hash`: lower-case hex SHA-256 of the token. */
  add(token: TokenRecord, hash: string): Promise<void>;
  /** Whatever its state: the caller judges expiry and revocation. */
  find(hash: string): Promise<TokenRecord | undefined>;
  list(): Promise<readonly TokenRecord[]>;
  revoke(id: string, atMs: number): Promise<boolean>;
}
