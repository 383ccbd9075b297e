import type { PoolClient } from 'pg';
import { describe, expect, it } from 'vitest';
import { PREPARED, prepareMarked } from '#store/postgres/prepared-statements.ts';

function client(): { readonly sent: unknown[]; readonly query: (...args: unknown[]) => void } {
  const sent: unknown[] = [];
  const plain = { query: (...args: unknown[]) => void sent.push(args) };
  prepareMarked(plain as unknown as PoolClient);
  return { sent, query: (...args) => plain.query(...args) };
}

describe('prepared statements', () => {
  it('bear one name for one text, another for another, and the same on every connection', () => {
    const [one, other] = [client(), client()];
    const text = `${PREPARED}insert into t values ($1)`;
    one.query(text, [1]);
    one.query(text, [2]);
    one.query(`${text} on conflict do nothing`, [3]);
    other.query(text, [4]);
    const names = [...one.sent, ...other.sent].map((args) => {
      const [{ name, text: sql, values }] = args as [{ name: string; text: string; values: number[] }];
      expect(sql.startsWith(PREPARED)).toBe(true);
      expect(values).toHaveLength(1);
      return name;
    });
    expect(names[0]).toMatch(/^[0-9a-f]{32}$/);
    expect([names[1], names[3]]).toEqual([names[0], names[0]]);
    expect(names[2]).not.toBe(names[0]);
  });

  it('are those that are marked: all else goes as it came', () => {
    const { sent, query } = client();
    query('select 1', []);
    query({ text: 'select 2' });
    expect(sent).toEqual([
      ['select 1', []],
      [{ text: 'select 2' }, undefined],
    ]);
  });
});
