/**
 * Statements that PostgreSQL parses and plans once a connection. Only marked ones: the mark belongs on a
 * statement whose text is always the same and which returns no rows, for a plan that returns some fails once a
 * migration has given its table another column.
 */
import { hash } from 'node:crypto';
import type { PoolClient } from 'pg';

/** Begins a statement that is worth it. */
export const PREPARED = '/* prepared */ ';

type Send = (query: unknown, ...rest: unknown[]) => unknown;

export function prepareMarked(client: PoolClient): void {
  const send = client.query.bind(client) as Send;
  const names = new Map<string, string>();
  const nameOf = (text: string): string => {
    const name = names.get(text) ?? hash('sha256', text).slice(0, 32);
    names.set(text, name);
    return name;
  };
  const query: Send = (text, values, ...rest) =>
    typeof text === 'string' && text.startsWith(PREPARED)
      ? send({ name: nameOf(text), text, values }, ...rest)
      : send(text, values, ...rest);
  client.query = query as typeof client.query;
}
