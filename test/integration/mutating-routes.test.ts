/**
 * Every route of the running service that is not a GET, against one table: the scope it needs, whether it
 * needs the revision it changes (If-Match), whether a repeat under one Idempotency-Key is replayed, and what
 * it leaves in the audit log. The routes are read from the service's own description, so a new one has no
 * way past the table.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCOPES } from '#config/auth-tokens.ts';
import { createExchange, type Exchange } from '#exchange/exchange.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

const MODEL = 'BTCUSDT:1h';
const POSITIONS = [{ symbol: 'BTCUSDT', quantity: '1' }];
const reason = 'said by the test';

/** Filled by earlier calls, read by later ones. */
const made = { book: '', limit: '', token: '', version: '' };

/** What a call answers, as far as later calls need it. */
interface Made {
  readonly id: string;
  readonly limits: readonly { readonly id: string }[];
}

interface Row {
  readonly route: string;
  readonly scope: (typeof SCOPES)[number];
  readonly path: () => string;
  readonly body?: () => object;
  /** needed: 428 without. With either, 412 where another one is named. */
  readonly match?: 'needed' | 'optional';
  /** With another one where that is no 412, because what is asked for is so already (RFC 9110, 13.1.1). */
  readonly mismatch?: number;
  readonly current?: () => Promise<string>;
  readonly once?: true;
  readonly status: number;
  /** Outcomes of the entries under the request's id, oldest first; none: it changes nothing. */
  readonly entries?: readonly string[];
  readonly keep?: (made: Made) => void;
}

const changed = ['requested', 'ok'];
const revision = async () => (await service.get(`/v1/portfolios/${made.book}`)).headers.get('etag') ?? 'none';
const champion = async () => made.version;
const ofBook = (rest = '') => `/v1/portfolios/${made.book}${rest}`;

/** In the order in which they are called. */
const TABLE: readonly Row[] = [
  {
    route: 'POST /v1/var',
    scope: 'read',
    path: () => '/v1/var',
    body: () => ({ positions: POSITIONS }),
    status: 200,
  },
  {
    route: 'POST /v1/portfolios',
    scope: 'write',
    path: () => '/v1/portfolios',
    body: () => ({ name: 'book', positions: POSITIONS }),
    once: true,
    status: 201,
    entries: changed,
    keep: ({ id }) => {
      made.book = id;
    },
  },
  {
    route: 'PUT /v1/portfolios/{id}/positions',
    scope: 'write',
    path: () => ofBook('/positions'),
    body: () => ({ positions: POSITIONS }),
    match: 'needed',
    current: revision,
    status: 200,
    entries: changed,
  },
  {
    route: 'PATCH /v1/portfolios/{id}/positions',
    scope: 'write',
    path: () => ofBook('/positions'),
    body: () => ({ positions: [{ symbol: 'BTCUSDT', quantity: '2' }] }),
    match: 'needed',
    current: revision,
    status: 200,
    entries: changed,
  },
  {
    route: 'PUT /v1/portfolios/{id}/limits',
    scope: 'write',
    path: () => ofBook('/limits'),
    body: () => ({ limits: [{ metric: 'gross', max: '1000000000' }] }),
    match: 'needed',
    current: revision,
    status: 200,
    entries: changed,
    keep: ({ limits: [limit] }) => {
      made.limit = limit!.id;
    },
  },
  {
    route: 'POST /v1/portfolios/{id}/limits/{limitId}/ack',
    scope: 'write',
    path: () => ofBook(`/limits/${made.limit}/ack`),
    match: 'needed',
    current: revision,
    status: 200,
    entries: changed,
  },
  {
    route: 'POST /v1/portfolios/{id}/what-if',
    scope: 'read',
    path: () => ofBook('/what-if'),
    body: () => ({ trades: POSITIONS }),
    status: 200,
  },
  {
    route: 'POST /v1/portfolios/{id}/stress',
    scope: 'read',
    path: () => ofBook('/stress'),
    body: () => ({ shocks: [{ pct: -10 }] }),
    status: 200,
  },
  {
    route: 'POST /v1/pre-trade/check',
    scope: 'read',
    path: () => '/v1/pre-trade/check',
    body: () => ({ portfolioId: made.book, trade: POSITIONS[0] }),
    status: 200,
  },
  {
    route: 'DELETE /v1/portfolios/{id}',
    scope: 'write',
    path: () => ofBook(),
    match: 'optional',
    current: revision,
    status: 204,
    entries: changed,
  },
  {
    route: 'POST /v1/tokens',
    scope: 'admin',
    path: () => '/v1/tokens',
    body: () => ({ name: 'made', scopes: ['read'] }),
    once: true,
    status: 201,
    entries: changed,
    keep: ({ id }) => {
      made.token = id;
    },
  },
  {
    route: 'DELETE /v1/tokens/{id}',
    scope: 'admin',
    path: () => `/v1/tokens/${made.token}`,
    status: 204,
    entries: changed,
  },
  {
    route: 'POST /v1/backtests',
    scope: 'write',
    path: () => '/v1/backtests',
    body: () => ({ symbol: 'BTCUSDT', forecasts: 1, peers: false }),
    once: true,
    status: 202,
    entries: changed,
  },
  {
    route: 'POST /v1/models/{id}/versions/{version}/promote',
    scope: 'admin',
    path: () => `/v1/models/${MODEL}/versions/${made.version}/promote`,
    body: () => ({ reason }),
    match: 'optional',
    mismatch: 200,
    current: champion,
    status: 200,
    entries: changed,
  },
  {
    route: 'POST /v1/models/{id}/rollback',
    scope: 'admin',
    path: () => `/v1/models/${MODEL}/rollback`,
    body: () => ({ reason }),
    status: 409,
    entries: ['refused'],
  },
  {
    route: 'POST /v1/models/{id}/train',
    scope: 'write',
    path: () => `/v1/models/${MODEL}/train`,
    once: true,
    status: 202,
    entries: changed,
  },
];

let exchange: Exchange;
let folder: TempDir;
let service: RunningService;
const ALL = 'token-with-every-scope-for-tests';
const without = (scope: string) => `token-with-all-but-${scope}-for-tests`;

async function call(row: Row, headers: Record<string, string>, token = ALL) {
  const reply = await fetch(`${service.url}${row.path()}`, {
    method: row.route.split(' ')[0]!,
    headers: {
      authorization: `Bearer ${token}`,
      ...(row.body && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(row.body && { body: JSON.stringify(row.body()) }),
  });
  const text = await reply.text();
  return { status: reply.status, headers: reply.headers, text };
}

beforeAll(async () => {
  exchange = await createExchange({ symbols: ['BTCUSDT'], tradesPerSecond: 20 });
  folder = tempDir('mutating-routes');
  const tokens = SCOPES.map(
    (scope) => `all-but-${scope}:${SCOPES.filter((one) => one !== scope).join('+')}:${without(scope)}`,
  );
  service = await startService({
    exchange,
    dataDir: folder.path,
    env: {
      SYMBOLS: 'BTCUSDT',
      BAR_INTERVALS: '1h',
      SANDBOX_PROVIDER: 'local',
      AUTH_TOKENS: [`all:${SCOPES.join('+')}:${ALL}`, ...tokens].join(','),
    },
  });
  await service.ready();
  // The hook's own deadline bounds it: the first model is registered about when the service is ready.
  while (made.version === '') {
    const model = (await (await service.get(`/v1/models/${MODEL}`)).json()) as { running?: string };
    made.version = model.running ?? '';
  }
}, 120_000);
afterAll(async () => {
  await service.stop();
  await exchange.close();
  folder[Symbol.dispose]();
});

describe('routes that may change something', () => {
  it('are all in the table, and nothing else is', async () => {
    const { paths } = (await (await service.get('/openapi.json')).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods)
        .filter((method) => !['get', 'head', 'parameters'].includes(method))
        .map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.toSorted()).toEqual(TABLE.map(({ route }) => route).toSorted());
  });

  it.each(TABLE.map((row) => [row.route, row] as const))('%s', async (route, row) => {
    const { scope, match, mismatch = 412, once, status, entries = [], current, keep } = row;
    expect((await call(row, {}, 'a-token-that-nobody-knows')).status).toBe(401);
    expect((await call(row, {}, without(scope))).status).toBe(403);
    if (match === 'needed') expect((await call(row, {})).status).toBe(428);
    if (match !== undefined) expect((await call(row, { 'if-match': '"999999"' })).status).toBe(mismatch);

    const requestId = route.replaceAll(/[^A-Za-z]+/g, '-');
    const headers = {
      'x-request-id': requestId,
      'idempotency-key': requestId,
      ...(current && { 'if-match': await current() }),
    };
    const reply = await call(row, headers);
    expect([reply.status, reply.text]).toEqual([status, expect.anything()]);
    if (once) {
      const again = await call(row, { ...headers, 'x-request-id': 'repeated' });
      expect(again.headers.get('idempotency-replayed')).toBe('true');
      expect([again.status, again.text]).toEqual([reply.status, reply.text]);
    }
    keep?.(JSON.parse(reply.text));

    const found = await fetch(`${service.url}/v1/audit?correlationId=${requestId}`, {
      headers: { authorization: `Bearer ${ALL}` },
    });
    const { items } = (await found.json()) as { items: { action: string; outcome: string; actor: string }[] };
    const changes = items.filter(({ action }) => action !== 'var.answered').toReversed();
    expect(changes.map(({ outcome }) => outcome)).toEqual(entries);
    for (const { actor } of changes) expect(actor).toBe('token:all');
  });
});
