/**
 * Static bearer tokens in one variable: `name:scope+scope:token` separated by commas or line breaks.
 * Flow: AUTH_TOKENS -> here -> http/tokens.ts
 */
import { Secret } from './secret.ts';

export const SCOPES = ['read', 'write', 'admin', 'audit'] as const;
export type ScopeName = (typeof SCOPES)[number];

export interface AuthToken {
  readonly id: string;
  readonly scopes: readonly ScopeName[];
  readonly token: Secret;
}

const MIN_TOKEN_LENGTH = 16;

export function parseAuthTokens(text: string): readonly AuthToken[] {
  const tokens = text
    .split(/[,\n]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map(parseEntry);
  if (tokens.length === 0) throw new Error('must hold at least one token');
  if (new Set(tokens.map(({ id }) => id)).size < tokens.length) throw new Error('has two tokens of one name');
  return tokens;
}

function parseEntry(entry: string, index: number): AuthToken {
  const [, id, scopes, token] = /^([\w-]{1,64}):([a-z+]+):(\S+)$/.exec(entry) ?? [];
  if (id === undefined || scopes === undefined || token === undefined)
    throw new Error(`item ${index + 1} must read name:scope+scope:token`);
  const names = scopes.split('+');
  const unknown = names.find((name) => !(SCOPES as readonly string[]).includes(name));
  if (unknown !== undefined) throw new Error(`item ${index + 1} has the unknown scope '${unknown}'`);
  if (token.length < MIN_TOKEN_LENGTH)
    throw new Error(`item ${index + 1} must have a token of at least ${MIN_TOKEN_LENGTH} characters`);
  return { id, scopes: names as ScopeName[], token: new Secret(token) };
}
