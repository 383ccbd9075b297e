/**
 * The embedded exchange under Binance's own names, inside the test's network: the service calls data real only where
 * it comes over TLS from there, and a version whose data are not real must not get traffic.
 *
 * Flow: pods -> TLS relay on loopback (MARKET_HOSTS in the containers' hosts file) -> exchange.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import { createExchange } from '../../../src/exchange/exchange.ts';
import type { Certificates } from './certificates.ts';

export const MARKET_HOSTS = ['data-stream.binance.vision', 'data-api.binance.vision'] as const;
export const EXCHANGE_KEY = { apiKey: 'KeyOfTheClusterTest', secret: 'SecretOfTheClusterTest' };

export interface Market extends AsyncDisposable {
  readonly streams: string;
  readonly rest: string;
  readonly account: string;
}

export async function startMarket({ cert, key }: Certificates): Promise<Market> {
  const exchange = await createExchange({
    symbols: ['BTCUSDT', 'ETHUSDT'],
    tradesPerSecond: 5,
    account: {
      keys: [{ kind: 'hmac', ...EXCHANGE_KEY }],
      balances: [{ asset: 'BTC', free: '1.0', locked: '0.0' }],
    },
  });
  const sockets = new Set<Socket>();
  const port = Number(new URL(exchange.url).port);
  const relay = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (caller) => {
    const behind = connect(port, '127.0.0.1');
    for (const socket of [caller, behind]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        caller.destroy();
        behind.destroy();
      });
    }
    caller.pipe(behind).pipe(caller);
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const front = (relay.address() as AddressInfo).port;
  let open = true;
  return {
    streams: `wss://${MARKET_HOSTS[0]}:${front}`,
    rest: `https://${MARKET_HOSTS[1]}:${front}`,
    account: exchange.url,
    [Symbol.asyncDispose]: async () => {
      if (!open) return;
      open = false;
      relay.close();
      for (const socket of sockets) socket.destroy();
      await exchange[Symbol.asyncDispose]();
    },
  };
}
