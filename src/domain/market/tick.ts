/**
 * What the feed delivers: trades in id order, best quotes, and the windows it could not recover.
 * Units: prices and quantities in quote and base units; times in integer microseconds since the epoch.
 * Event time is the exchange's clock, receive time is ours; they are never mixed.
 */
export type Provenance = 'binance' | 'replay' | 'synthetic';

export interface Trade {
  readonly kind: 'trade';
  readonly symbolIndex: number;
  readonly id: number;
  readonly price: number;
  readonly quantity: number;
  readonly buyerIsMaker: boolean;
  /** Trade time on the exchange's clock. */
  readonly tsTradeUs: number;
  readonly tsEventUs: number;
  readonly tsReceiveUs: number;
  /** Raw trades this event stands for: 1, or the fills of one taker order where the stream aggregates. */
  readonly fills: number;
  /** True where REST supplied it after a gap: its receive time then says nothing about the stream's latency. */
  readonly recovered: boolean;
}

export interface Quote {
  readonly kind: 'quote';
  readonly symbolIndex: number;
  readonly updateId: number;
  readonly bid: number;
  readonly bidQuantity: number;
  readonly ask: number;
  readonly askQuantity: number;
  readonly tsReceiveUs: number;
}

export const LOST_REASONS = [
  'buffer-full',
  'page-limit',
  'not-served',
  'rest-failed',
  'ring-lapped',
] as const;
export type LostReason = (typeof LOST_REASONS)[number];

/** Trades with ids in [fromId, toId] are known to be missing and could not be fetched. */
export interface LostWindow {
  readonly kind: 'lost';
  readonly symbolIndex: number;
  readonly fromId: number;
  readonly toId: number;
  readonly fromUs: number;
  readonly toUs: number;
  readonly reason: LostReason;
}

export type Tick = Trade | Quote | LostWindow;
