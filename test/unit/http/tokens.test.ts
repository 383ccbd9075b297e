import { describe, expect, it } from 'vitest';
import { combineTokens, createStaticTokens } from '../../../src/http/tokens.ts';

const tokens = createStaticTokens([
  { id: 'ops', scopes: ['read', 'admin'], token: 'token-of-operations' },
  { id: 'probe', scopes: ['read'], token: 'token-of-the-probe' },
]);

describe('createStaticTokens', () => {
  it('knows the holder and the scopes of each token', () => {
    expect(tokens.verify('token-of-operations')).toEqual({ id: 'ops', scopes: ['read', 'admin'] });
    expect(tokens.verify('token-of-the-probe')).toEqual({ id: 'probe', scopes: ['read'] });
  });

  it.each(['', 'token-of-operation', 'token-of-operationsX', 'TOKEN-OF-OPERATIONS'])(
    'does not know %j',
    (text) => {
      expect(tokens.verify(text)).toBeUndefined();
    },
  );

  it('keeps no token in readable form', () => {
    expect(JSON.stringify(tokens)).not.toContain('operations');
  });
});

describe('combineTokens', () => {
  it('asks in turn until one knows the token', async () => {
    const stored = {
      verify: async (text: string) => (text === 'late' ? { id: 'late', scopes: [] } : undefined),
    };
    const both = combineTokens(tokens, stored);
    expect(await both.verify('late')).toEqual({ id: 'late', scopes: [] });
    expect(await both.verify('token-of-the-probe')).toMatchObject({ id: 'probe' });
    expect(await both.verify('nobody')).toBeUndefined();
  });
});
