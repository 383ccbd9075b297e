/**
 * The embedded exchange as a program: node src/exchange/main.ts --port 9443 --seed 7 --symbols BTCUSDT,ETHUSDT
 * or, as a replay: --capture FILE... --speed 20
 * Flow: flags -> createExchange; prints one JSON line with its addresses; SIGINT and SIGTERM close it.
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createExchange } from './exchange.ts';
import { findInterval } from './market/kline-interval.ts';
import { DEFAULT_SYMBOLS, type MarketLaw } from './options.ts';
import type { AccountOptions } from './rest/account-endpoint.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: 'string', default: '9443' },
    host: { type: 'string', default: '127.0.0.1' },
    seed: { type: 'string', default: '1' },
    symbols: { type: 'string', default: DEFAULT_SYMBOLS.join(',') },
    rate: { type: 'string', default: '5' },
    start: { type: 'string' },
    'rest-lag': { type: 'string', default: '0' },
    account: { type: 'string' },
    law: { type: 'string', default: 'stochastic-volatility' },
    'law-interval': { type: 'string', default: '1h' },
    capture: { type: 'string', multiple: true },
    speed: { type: 'string', default: '1' },
    'wait-for-streams': { type: 'string', default: '1' },
  },
});

function number(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new RangeError(`--${name} must be a number, got ${text}`);
  return value;
}

function law(kind: string): MarketLaw {
  if (kind !== 'stochastic-volatility' && kind !== 'garch-t')
    throw new RangeError(`--law must be stochastic-volatility or garch-t, got ${kind}`);
  return { kind };
}

function interval(name: string): number {
  const found = findInterval(name);
  if (found === undefined) throw new RangeError(`--law-interval must name a kline interval, got ${name}`);
  return found.widthMs;
}

/** A JSON file: {"keys":[{"kind":"hmac","apiKey":...,"secret":...}],"balances":[{"asset":...,"free":...,"locked":...}]}. */
async function accountFrom(path: string): Promise<AccountOptions> {
  const account = JSON.parse(await readFile(path, 'utf8')) as AccountOptions;
  if (!Array.isArray(account.keys) || !Array.isArray(account.balances))
    throw new RangeError(`--account ${path} must hold keys and balances`);
  return account;
}

const exchange = await createExchange({
  port: number('port', values.port),
  host: values.host,
  seed: number('seed', values.seed),
  symbols: values.symbols.split(','),
  tradesPerSecond: number('rate', values.rate),
  timeScale: number('speed', values.speed),
  waitForStreams: number('wait-for-streams', values['wait-for-streams']),
  ...(values.capture === undefined ? {} : { capture: [...values.capture, ...positionals] }),
  restLagMs: number('rest-lag', values['rest-lag']),
  ...(values.account === undefined ? {} : { account: await accountFrom(values.account) }),
  law: law(values.law),
  rootIntervalMs: interval(values['law-interval']),
  ...(values.start === undefined ? {} : { startMs: number('start', values.start) }),
});
process.stdout.write(`${JSON.stringify({ exchange: exchange.url, streams: exchange.wsUrl })}\n`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void exchange.close().then(() => process.exit(0)));
}
