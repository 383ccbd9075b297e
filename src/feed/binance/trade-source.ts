/**
 * Trades by id from REST.
 * Aggregates are the cheaper repair by far: 1,000 rows cost 4 against 25 for single trades.
 */
import type { Trade } from '#domain/market/tick.ts';
import type { FeedClock } from './clock.ts';
import { integer, isRecord } from './fields.ts';
import { parseAggTradeRow, parseTradeRow } from './parse-trade.ts';
import type { RestClient, RestResult } from './rest-client.ts';

export type TradeStream = 'aggTrade' | 'trade';

export interface TradeSource {
  /** Up to 1,000 trades from `fromId` on, ascending; rows that cannot be read are left out. */
  page(symbolIndex: number, fromId: number): Promise<RestResult<Trade[]>>;
  /** Id of the newest trade the exchange knows, in the numbering of the stream; -1 where there is none yet. */
  newestId(symbolIndex: number): Promise<RestResult<number>>;
  /** How long the exchange wants no requests from us. */
  blockedForMs(): number;
}

const PAGE_ROWS = 1000;
const WEIGHT = { aggTrade: 4, trade: 25 } as const;

export function createTradeSource(
  rest: RestClient,
  symbols: readonly string[],
  stream: TradeStream,
  clock: FeedClock,
): TradeSource {
  const path = stream === 'aggTrade' ? '/api/v3/aggTrades' : '/api/v3/historicalTrades';
  const parse = stream === 'aggTrade' ? parseAggTradeRow : parseTradeRow;
  return {
    async page(symbolIndex, fromId) {
      const query = { symbol: symbols[symbolIndex] as string, fromId, limit: PAGE_ROWS };
      const reply = await rest.get(path, query, WEIGHT[stream]);
      if (!reply.ok) return reply;
      if (!Array.isArray(reply.value))
        return { ok: false, reason: 'bad-response', message: `${path}: not a list` };
      const receivedUs = Math.round(clock.nowMs() * 1000);
      const trades = reply.value
        .map((row) => parse(row, symbolIndex, receivedUs))
        .filter((trade) => trade !== undefined);
      return { ok: true, value: trades.sort((a, b) => a.id - b.id) };
    },

    async newestId(symbolIndex) {
      const query = { symbol: symbols[symbolIndex] as string, limit: 1 };
      const reply = await rest.get('/api/v3/aggTrades', query, WEIGHT.aggTrade);
      if (!reply.ok) return reply;
      if (Array.isArray(reply.value) && reply.value.length === 0) return { ok: true, value: -1 };
      const row = Array.isArray(reply.value) ? reply.value.at(-1) : undefined;
      const id = isRecord(row) ? integer(row[stream === 'aggTrade' ? 'a' : 'l']) : Number.NaN;
      return Number.isNaN(id)
        ? { ok: false, reason: 'bad-response', message: 'aggTrades: no newest row' }
        : { ok: true, value: id };
    },

    blockedForMs: () => Math.max(0, rest.blockedUntilMs - clock.nowMs()),
  };
}
