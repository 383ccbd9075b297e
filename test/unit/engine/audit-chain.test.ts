import { describe, expect, it } from 'vitest';
import { canonicalJson, entryHash, GENESIS_HASH, nextRow } from '#engine/audit-chain.ts';
import fc from '../../support/seeded-check.ts';

const draft = { actor: 'a', action: 'x.y', subject: 's', outcome: 'ok', correlationId: 'c' } as const;

describe('the hash chain', () => {
  it('canonical JSON does not depend on the order of keys and reads back as the same value', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const shuffled = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(shuffled)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('starts from the genesis hash and ties every entry to the one before it', () => {
    const first = nextRow('r', undefined, 1, draft);
    const second = nextRow('r', first, 2, draft);
    expect([first.seq, first.previousHash]).toEqual([0, GENESIS_HASH]);
    expect([second.seq, second.previousHash]).toEqual([1, first.hash]);
  });

  it('a hash changes with every column', () => {
    const row = nextRow('r', undefined, 1, { ...draft, details: { a: 1 } });
    const { hash, ...columns } = row;
    for (const [name, value] of Object.entries(columns)) {
      const changed = { ...columns, [name]: typeof value === 'number' ? value + 1 : `${value}x` };
      expect([name, entryHash(changed) === hash]).toEqual([name, false]);
    }
  });

  it('masks fields that are named like secrets, however deep', () => {
    const details = {
      deep: [{ apiKey: 'MARK', token: 'MARK', Authorization: 'MARK', tokens: 3 }],
      clientSecret: 'MARK',
    };
    const row = nextRow('r', undefined, 1, { ...draft, details });
    expect(row.details).not.toContain('MARK');
    expect(JSON.parse(row.details).deep[0].tokens).toBe(3);
  });
});
