/**
 * Who may call: tokens from the settings, the development token, and tokens kept in the store.
 * Flow: settings, store -> here -> http/plugins/auth.
 */
import { createHash } from 'node:crypto';
import type { Config } from '#config/load-config.ts';
import { ALL_SCOPES, combineTokens, createStaticTokens, type TokenAuthority } from '#http/tokens.ts';
import type { Tokens } from '#store/ports/tokens.ts';

export function buildTokens(config: Config, stored: Tokens): TokenAuthority {
  const { tokens, devToken } = config.auth;
  const fixed = (tokens ?? []).map(({ id, scopes, token }) => ({ id, scopes, token: token.reveal() }));
  const development =
    devToken === undefined ? [] : [{ id: 'dev', scopes: ALL_SCOPES, token: devToken.reveal() }];
  return combineTokens(createStaticTokens([...fixed, ...development]), {
    async verify(token) {
      const found = await stored.find(createHash('sha256').update(token).digest('hex'));
      if (found === undefined || found.revokedMs !== undefined) return undefined;
      if (found.expiresMs !== undefined && found.expiresMs <= Date.now()) return undefined;
      return { id: found.id, scopes: found.scopes };
    },
  });
}
