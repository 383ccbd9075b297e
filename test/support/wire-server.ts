/**
 * The least that speaks the exchange's wire over real sockets, for tests that script every frame themselves.
 * Trades pushed are also kept for REST, whether or not the stream delivered them.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export interface WireTrade {
  readonly symbol: string;
  readonly id: number;
  readonly price: string;
  readonly quantity: string;
  readonly timeMs: number;
}

export interface WireServer {
  readonly streamBase: string;
  readonly restBase: string;
  /** Connections open now. */
  readonly sockets: ReadonlySet<WebSocket>;
  readonly connects: number;
  /** Requests by path. */
  readonly requests: readonly string[];
  nowMs: () => number;
  provenance: string | undefined;
  /** HTTP status for stream upgrades; undefined lets them through. */
  refuseUpgrade: number | undefined;
  /** Answers instead of the usual, by path; undefined leaves it to the usual. */
  intercept: (path: string) => { status: number; headers?: Record<string, string>; body: string } | undefined;
  /** Which of the subscribed streams LIST_SUBSCRIPTIONS admits to. */
  listed: (names: string[]) => string[];
  klines: (symbol: string, interval: string) => unknown[][];
  /** Keeps the trade for REST; sends it as an aggTrade unless told not to. */
  trade(trade: WireTrade, deliver?: boolean, to?: WebSocket): void;
  send(text: string, to?: WebSocket): void;
  dropAll(): void;
  close(): Promise<void>;
}

export function tradeFrame({ symbol, id, price, quantity, timeMs }: WireTrade): string {
  const data = {
    e: 'aggTrade',
    E: timeMs,
    s: symbol,
    a: id,
    p: price,
    q: quantity,
    f: id,
    l: id,
    T: timeMs,
    m: true,
    M: true,
  };
  return JSON.stringify({ stream: `${symbol.toLowerCase()}@aggTrade`, data });
}

export async function startWireServer(): Promise<WireServer> {
  const trades = new Map<string, WireTrade[]>();
  const sockets = new Set<WebSocket>();
  const requests: string[] = [];
  const subscriptions = new WeakMap<WebSocket, Set<string>>();
  const http = createServer((request, response) => answer(request, response));
  const streams = new WebSocketServer({ noServer: true });
  http.on('upgrade', (request, socket, head) => {
    if (server.refuseUpgrade === undefined)
      streams.handleUpgrade(request, socket, head, (client) => streams.emit('connection', client));
    else socket.end(`HTTP/1.1 ${server.refuseUpgrade} Refused\r\nContent-Length: 0\r\n\r\n`);
  });
  let connects = 0;

  streams.on('connection', (socket) => {
    connects += 1;
    sockets.add(socket);
    subscriptions.set(socket, new Set());
    socket.on('close', () => sockets.delete(socket));
    socket.on('message', (data) => {
      const { method, params = [], id } = JSON.parse(String(data));
      const names = subscriptions.get(socket) as Set<string>;
      if (method === 'SUBSCRIBE') for (const name of params) names.add(name);
      socket.send(
        JSON.stringify({ result: method === 'LIST_SUBSCRIPTIONS' ? server.listed([...names]) : null, id }),
      );
    });
  });

  const server: WireServer = {
    streamBase: '',
    restBase: '',
    sockets,
    get connects() {
      return connects;
    },
    requests,
    nowMs: () => Date.now(),
    provenance: undefined,
    refuseUpgrade: undefined,
    intercept: () => undefined,
    listed: (names) => names,
    klines: () => [],
    trade(trade, deliver = true, to) {
      const known = trades.get(trade.symbol) ?? [];
      if (known.at(-1)?.id !== trade.id) known.push(trade);
      trades.set(trade.symbol, known);
      if (deliver) server.send(tradeFrame(trade), to);
    },
    send(text, to) {
      for (const socket of to === undefined ? sockets : [to]) socket.send(text);
    },
    dropAll() {
      for (const socket of sockets) socket.terminate();
    },
    async close() {
      for (const socket of sockets) socket.terminate();
      streams.close();
      http.closeAllConnections();
      await new Promise((done) => http.close(done));
    },
  };

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url as string, 'http://exchange');
    requests.push(url.pathname);
    const special = server.intercept(url.pathname);
    const body = special === undefined ? usual(url) : special.body;
    const status = special?.status ?? (body === undefined ? 404 : 200);
    response.writeHead(status, {
      'content-type': 'application/json',
      'x-mbx-used-weight-1m': '7',
      ...special?.headers,
    });
    response.end(body ?? '{}');
  }

  function usual(url: URL): string | undefined {
    const query = url.searchParams;
    const symbol = query.get('symbol') ?? '';
    switch (url.pathname) {
      case '/api/v3/time':
        return JSON.stringify({ serverTime: Math.round(server.nowMs()) });
      case '/exchange/provenance':
        return server.provenance === undefined
          ? undefined
          : JSON.stringify({ provenance: server.provenance });
      case '/api/v3/exchangeInfo':
        return JSON.stringify({
          rateLimits: [{ rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 6000 }],
        });
      case '/api/v3/aggTrades': {
        const known = trades.get(symbol) ?? [];
        const limit = Number(query.get('limit') ?? 500);
        const from = query.get('fromId');
        const rows =
          from === null ? known.slice(-limit) : known.filter(({ id }) => id >= Number(from)).slice(0, limit);
        return JSON.stringify(
          rows.map(({ id, price, quantity, timeMs }) => ({
            a: id,
            p: price,
            q: quantity,
            f: id,
            l: id,
            T: timeMs,
            m: true,
            M: true,
          })),
        );
      }
      case '/api/v3/klines': {
        const end = Number(query.get('endTime') ?? Number.POSITIVE_INFINITY);
        const rows = server
          .klines(symbol, query.get('interval') ?? '')
          .filter(([open]) => Number(open) <= end);
        return JSON.stringify(rows.slice(-Number(query.get('limit') ?? 500)));
      }
      default:
        return undefined;
    }
  }

  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  const { port } = http.address() as AddressInfo;
  return Object.defineProperties(server, {
    streamBase: { value: `ws://127.0.0.1:${port}` },
    restBase: { value: `http://127.0.0.1:${port}` },
  });
}
