/**
 * Who may call: bearer tokens and the scopes they carry.
 * Flow: plugins/auth -> TokenAuthority -> request.principal
 * The static authority keeps digests only and compares them in constant time.
 */
import { hash, timingSafeEqual } from 'node:crypto';

export type Scope = 'read' | 'write' | 'admin' | 'audit';

export interface Principal {
  readonly id: string;
  readonly scopes: readonly Scope[];
}

export interface TokenAuthority {
  /** The holder of a token; undefined where no valid token matches. */
  verify(token: string): Principal | undefined | Promise<Principal | undefined>;
}

export interface StaticToken {
  readonly id: string;
  readonly scopes: readonly Scope[];
  readonly token: string;
}

export const ALL_SCOPES: readonly Scope[] = ['read', 'write', 'admin', 'audit'];

export function createStaticTokens(tokens: readonly StaticToken[]): TokenAuthority {
  const known = tokens.map(({ id, scopes, token }) => ({ principal: { id, scopes }, digest: digest(token) }));
  return {
    verify(token) {
      const wanted = digest(token);
      let found: Principal | undefined;
      // Every entry is compared, so the time says nothing about which one matched.
      for (const entry of known) if (timingSafeEqual(entry.digest, wanted)) found = entry.principal;
      return found;
    },
  };
}

/** Asks several authorities in turn; the first that knows the token answers. */
export function combineTokens(...authorities: readonly TokenAuthority[]): TokenAuthority {
  return {
    async verify(token) {
      for (const authority of authorities) {
        const principal = await authority.verify(token);
        if (principal !== undefined) return principal;
      }
      return undefined;
    },
  };
}

function digest(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
