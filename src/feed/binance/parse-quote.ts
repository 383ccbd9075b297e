/**
 * `bookTicker` events; they carry no event type and no time. Pure; undefined where malformed.
 * A side without orders is sent with price 0: such a quote has no mid and is malformed here.
 */
import type { Quote } from '#domain/market/tick.ts';
import { decimal, integer, positiveDecimal } from './fields.ts';

export function parseQuoteEvent(
  event: Record<string, unknown>,
  symbolIndex: number,
  tsReceiveUs: number,
): Quote | undefined {
  const updateId = integer(event['u']);
  const bid = positiveDecimal(event['b']);
  const ask = positiveDecimal(event['a']);
  const bidQuantity = decimal(event['B']);
  const askQuantity = decimal(event['A']);
  if (Number.isNaN(updateId + bid + ask + bidQuantity + askQuantity) || bid > ask) return undefined;
  return { kind: 'quote', symbolIndex, updateId, bid, bidQuantity, ask, askQuantity, tsReceiveUs };
}
