/**
 * API tokens: made, listed, revoked, and checked on every request. A token is 256 random bits; only its
 * SHA-256 is kept, so a plain hash is enough. Checks are cached for some seconds, and while the store is away
 * known tokens go on working for some minutes; unknown ones do not.
 * Flow: http/routes/tokens, http/plugins/auth -> here -> store. Units: times in epoch milliseconds.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { StoreUnavailableError } from '#store/ports/store-failure.ts';
import type { TokenRecord, TokenScope, Tokens } from '#store/ports/tokens.ts';
import { type AuditTrail, audited } from './audit-trail.ts';

export interface TokenCaller {
  readonly actor: string;
  readonly requestId: string;
}

export interface TokenRequest {
  readonly name: string;
  readonly scopes: readonly TokenScope[];
  /** Never ends where absent. */
  readonly ttlMs?: number;
}

export interface TokenView extends TokenRecord {
  readonly status: 'active' | 'expired' | 'revoked';
}

export interface TokenKeeper {
  /** The token itself is in this answer and nowhere else. */
  create(
    request: TokenRequest,
    caller: TokenCaller,
  ): Promise<{ readonly token: string; readonly view: TokenView }>;
  list(): Promise<readonly TokenView[]>;
  /** False where there is no such live token. */
  revoke(id: string, caller: TokenCaller): Promise<boolean>;
  verify(token: string): Promise<{ readonly id: string; readonly scopes: readonly TokenScope[] } | undefined>;
}

export interface TokenKeeperOptions {
  readonly tokens: Tokens;
  readonly trail: AuditTrail;
  readonly now?: () => number;
  readonly freshMs?: number;
  readonly outageMs?: number;
}

const PREFIX = 'bvar_';
const CACHE_LIMIT = 10_000;

interface Known {
  readonly record: TokenRecord | undefined;
  readonly atMs: number;
}

export function createTokenKeeper(options: TokenKeeperOptions): TokenKeeper {
  const { tokens, trail, now = Date.now, freshMs = 5_000, outageMs = 300_000 } = options;
  const cache = new Map<string, Known>();

  async function find(hash: string): Promise<TokenRecord | undefined> {
    const known = cache.get(hash);
    if (known !== undefined && now() - known.atMs < freshMs) return known.record;
    try {
      const record = await tokens.find(hash);
      if (cache.size >= CACHE_LIMIT) cache.clear();
      cache.set(hash, { record, atMs: now() });
      return record;
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      if (known?.record !== undefined && now() - known.atMs < outageMs) return known.record;
      throw error;
    }
  }

  return {
    async create({ name, scopes, ttlMs }, { actor, requestId }) {
      const token = `${PREFIX}${randomBytes(32).toString('base64url')}`;
      const createdMs = now();
      const record: TokenRecord = {
        id: `tok_${randomUUID()}`,
        name,
        scopes: [...new Set(scopes)],
        createdMs,
        createdBy: actor,
        ...(ttlMs !== undefined && { expiresMs: createdMs + ttlMs }),
      };
      const details = { name, scopes: record.scopes, expiresMs: record.expiresMs ?? null };
      const call = { actor, action: 'token.create', subject: record.id, correlationId: requestId, details };
      await audited(trail, call, () => tokens.add(record, sha256(token)));
      return { token, view: viewed(record, createdMs) };
    },
    list: async () => (await tokens.list()).map((record) => viewed(record, now())),
    async revoke(id, { actor, requestId }) {
      const call = { actor, action: 'token.revoke', subject: id, correlationId: requestId };
      const done = await audited(
        trail,
        call,
        () => tokens.revoke(id, now()),
        (revoked) => !revoked,
      );
      cache.clear();
      return done;
    },
    async verify(token) {
      if (!token.startsWith(PREFIX)) return undefined;
      const record = await find(sha256(token));
      if (record === undefined || viewed(record, now()).status !== 'active') return undefined;
      return { id: record.id, scopes: record.scopes };
    },
  };
}

function viewed(record: TokenRecord, nowMs: number): TokenView {
  const status =
    record.revokedMs !== undefined
      ? 'revoked'
      : record.expiresMs !== undefined && record.expiresMs <= nowMs
        ? 'expired'
        : 'active';
  return { ...record, status };
}

function sha256(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
