/**
 * `trade` and `aggTrade` events, and the rows of the REST trade endpoints. Pure; undefined where malformed.
 * Units: see domain/market/tick.
 */
import type { Trade } from '#domain/market/tick.ts';
import { epochUs, integer, isRecord, positiveDecimal } from './fields.ts';

interface Raw {
  readonly id: number;
  readonly price: number;
  readonly quantity: number;
  readonly fills: number;
  readonly tsTradeUs: number;
  readonly tsEventUs: number;
  readonly buyerIsMaker: unknown;
}

function build(raw: Raw, symbolIndex: number, tsReceiveUs: number, recovered: boolean): Trade | undefined {
  const { id, price, quantity, fills, tsTradeUs, tsEventUs, buyerIsMaker } = raw;
  const sum = id + price + quantity + fills + tsTradeUs + tsEventUs;
  if (Number.isNaN(sum) || fills < 1 || typeof buyerIsMaker !== 'boolean') return undefined;
  return {
    kind: 'trade',
    symbolIndex,
    id,
    price,
    quantity,
    buyerIsMaker,
    tsTradeUs,
    tsEventUs,
    tsReceiveUs,
    fills,
    recovered,
  };
}

function fillsOf(row: Record<string, unknown>): number {
  return integer(row['l']) - integer(row['f']) + 1;
}

/** A stream event; `e` is known to be `trade` or `aggTrade`. */
export function parseTradeEvent(
  event: Record<string, unknown>,
  symbolIndex: number,
  tsReceiveUs: number,
): Trade | undefined {
  const aggregate = event['e'] === 'aggTrade';
  const raw: Raw = {
    id: integer(aggregate ? event['a'] : event['t']),
    price: positiveDecimal(event['p']),
    quantity: positiveDecimal(event['q']),
    fills: aggregate ? fillsOf(event) : 1,
    tsTradeUs: epochUs(event['T']),
    tsEventUs: epochUs(event['E']),
    buyerIsMaker: event['m'],
  };
  return build(raw, symbolIndex, tsReceiveUs, false);
}

/** A row of REST aggTrades. */
export function parseAggTradeRow(row: unknown, symbolIndex: number, tsReceiveUs: number): Trade | undefined {
  if (!isRecord(row)) return undefined;
  const tsTradeUs = epochUs(row['T']);
  const raw: Raw = {
    id: integer(row['a']),
    price: positiveDecimal(row['p']),
    quantity: positiveDecimal(row['q']),
    fills: fillsOf(row),
    tsTradeUs,
    tsEventUs: tsTradeUs,
    buyerIsMaker: row['m'],
  };
  return build(raw, symbolIndex, tsReceiveUs, true);
}

/** A row of REST historicalTrades or trades. */
export function parseTradeRow(row: unknown, symbolIndex: number, tsReceiveUs: number): Trade | undefined {
  if (!isRecord(row)) return undefined;
  const tsTradeUs = epochUs(row['time']);
  const raw: Raw = {
    id: integer(row['id']),
    price: positiveDecimal(row['price']),
    quantity: positiveDecimal(row['qty']),
    fills: 1,
    tsTradeUs,
    tsEventUs: tsTradeUs,
    buyerIsMaker: row['isBuyerMaker'],
  };
  return build(raw, symbolIndex, tsReceiveUs, true);
}
