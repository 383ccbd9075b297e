/**
 * A PostgreSQL database through a pool. Every wait has an end: connecting, a statement, a lock.
 * TLS follows the URL's sslmode as pg reads it, unless options are given here.
 */
import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Tables } from '../schema.ts';
import type { OpenDatabase } from '../sqlite/open-sqlite.ts';
import { prepareMarked } from './prepared-statements.ts';

export interface PostgresOptions {
  readonly url: string;
  readonly tls?: {
    /** PEM of the authority that signed the server's certificate. */
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly servername?: string;
    readonly rejectUnauthorized?: boolean;
  };
  readonly poolSize?: number;
  readonly connectTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
}

/** What the URL says of TLS would win over the options, and might ask for less. */
function withoutSslParameters(url: string): string {
  const parsed = new URL(url);
  for (const name of [...parsed.searchParams.keys()]) if (/^ssl/.test(name)) parsed.searchParams.delete(name);
  return parsed.href;
}

const INT8 = 20;

export function openPostgres(options: PostgresOptions): OpenDatabase {
  const timeout = options.statementTimeoutMs ?? 10_000;
  const pool = new pg.Pool({
    ...(options.tls === undefined
      ? { connectionString: options.url }
      : { connectionString: withoutSslParameters(options.url), ssl: { ...options.tls } }),
    max: options.poolSize ?? 8,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 2_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: timeout,
    query_timeout: timeout + 1_000,
    lock_timeout: timeout,
    idle_in_transaction_session_timeout: 30_000,
    keepAlive: true,
    application_name: 'bayesian-var',
    types: {
      // Every bigint here is a time in milliseconds or a counter, far below 2^53.
      getTypeParser: ((oid: number, format?: 'text') =>
        oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  });
  // A client that loses its server tells the pool while idle and only itself while in use. The query under
  // way fails in either case; without these listeners the process would end.
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    client.on('error', () => {});
    prepareMarked(client);
  });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }), plugins: [new CamelCasePlugin()] });
  return {
    db,
    close: async () => {
      await db.destroy();
      if (!pool.ended) await pool.end();
    },
  };
}
