/**
 * Who may call: tokens from the settings, the development token, and tokens kept in the store.
 * Flow: settings, engine/token-keeper -> here -> http/plugins/auth.
 */
import type { Config } from '#config/load-config.ts';
import { ALL_SCOPES, combineTokens, createStaticTokens, type TokenAuthority } from '#http/tokens.ts';

export function buildTokens(config: Config, stored: TokenAuthority): TokenAuthority {
  const { tokens, devToken } = config.auth;
  const fixed = (tokens ?? []).map(({ id, scopes, token }) => ({ id, scopes, token: token.reveal() }));
  const development =
    devToken === undefined ? [] : [{ id: 'dev', scopes: ALL_SCOPES, token: devToken.reveal() }];
  return combineTokens(createStaticTokens([...fixed, ...development]), stored);
}
