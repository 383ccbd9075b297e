/**
 * From the text of one frame to what it says. Pure, never throws, ignores keys it does not know.
 * Flow: link (socket) -> here -> binance-feed (routing by kind).
 * Both forms are read: the payload bare, and wrapped as {"stream", "data"}; answers to control messages come
 * unwrapped on either.
 */
import { integer, isRecord } from './fields.ts';
import type { Frame } from './frame.ts';
import { parseKlineEvent } from './parse-kline.ts';
import { parseQuoteEvent } from './parse-quote.ts';
import { parseTradeEvent } from './parse-trade.ts';

const MALFORMED = {
  json: 'not JSON',
  shape: 'not an object',
  trade: 'trade',
  quote: 'bookTicker',
  kline: 'kline',
};

function malformed(fault: keyof typeof MALFORMED): Frame {
  return { kind: 'malformed', fault: MALFORMED[fault] };
}

/** `symbols` maps the exchange's upper-case symbol to its index. */
export function parseFrame(text: string, symbols: ReadonlyMap<string, number>, tsReceiveUs: number): Frame {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return malformed('json');
  }
  if (!isRecord(message)) return malformed('shape');
  const event = message['stream'] === undefined ? message : message['data'];
  if (!isRecord(event)) return malformed('shape');
  return event === message && 'id' in message && !('e' in message)
    ? parseReply(message)
    : parseEvent(event, symbols, tsReceiveUs);
}

function parseReply(message: Record<string, unknown>): Frame {
  const fault = message['error'] ?? (message['code'] === undefined ? undefined : message);
  const text = isRecord(fault) ? `${String(fault['code'])}: ${String(fault['msg'])}` : fault;
  return {
    kind: 'reply',
    id: integer(message['id']),
    result: message['result'],
    error: text === undefined ? undefined : String(text),
  };
}

function parseEvent(
  event: Record<string, unknown>,
  symbols: ReadonlyMap<string, number>,
  tsReceiveUs: number,
): Frame {
  const type = event['e'];
  if (type === 'serverShutdown') return { kind: 'shutdown' };
  const symbolIndex = symbols.get(String(event['s']));
  const isQuote = type === undefined && event['u'] !== undefined;
  if (symbolIndex === undefined || !(isQuote || typeof type === 'string'))
    return { kind: 'unknown', what: String(type ?? 'no event type').slice(0, 40) };
  if (isQuote) return parseQuoteEvent(event, symbolIndex, tsReceiveUs) ?? malformed('quote');
  switch (type) {
    case 'trade':
    case 'aggTrade':
      return parseTradeEvent(event, symbolIndex, tsReceiveUs) ?? malformed('trade');
    case 'kline':
      return parseKlineEvent(event, symbolIndex) ?? malformed('kline');
    default:
      return { kind: 'unknown', what: String(type).slice(0, 40) };
  }
}
