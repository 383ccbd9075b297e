/**
 * Puts the trades of one symbol in order by id: duplicates are dropped, a hole is held open until REST has
 * filled it, and what cannot be filled is named as a lost window.
 * Flow: link (live trades, any link) and gap-filler (REST rows) -> here -> observer.
 *
 *   empty ── first trade ──> live ── id > last + 1 ──> holding ── hole closed ──> live
 *                             ^                          │  │
 *                             └──── hole given up ───────┘  └─ next hole in what was held: stays holding
 *
 * While holding, live trades wait in a bounded buffer. Filling and release happen in one synchronous step, so
 * no trade can slip between. A hole counts as a gap only once it is filled from elsewhere or given up: two
 * overlapping links may deliver out of order for a moment and close it themselves.
 */
import type { LostReason, LostWindow, Trade } from '#domain/market/tick.ts';

export interface SequencerSink {
  onTrade(trade: Trade): void;
  onLost(window: LostWindow): void;
  /** The trade after `lastId` is missing, although later ones are here. */
  onHole(): void;
}

export class Sequencer {
  readonly #symbolIndex: number;
  readonly #capacity: number;
  readonly #sink: SequencerSink;
  /** Trades beyond the hole, by id. */
  #held = new Map<number, Trade>();
  #heldFrom = Number.POSITIVE_INFINITY;
  #last: Trade | undefined;
  #duplicates = 0;
  #gaps = 0;
  #filled = 0;
  #filledRows = 0;
  #counted = false;

  constructor(symbolIndex: number, capacity: number, sink: SequencerSink) {
    this.#symbolIndex = symbolIndex;
    this.#capacity = capacity;
    this.#sink = sink;
  }

  /** Newest trade delivered. */
  get last(): Trade | undefined {
    return this.#last;
  }

  get duplicates(): number {
    return this.#duplicates;
  }

  /** Holes that live trades did not close by themselves. */
  get gaps(): number {
    return this.#gaps;
  }

  /** Gaps closed without loss. */
  get gapsFilled(): number {
    return this.#filled;
  }

  get filledRows(): number {
    return this.#filledRows;
  }

  /** First id beyond the hole; infinite where nothing is held. */
  get heldFrom(): number {
    return this.#heldFrom;
  }

  /** The exchange's newest trade, where no stream has brought one yet: the order starts from it. */
  begin(trade: Trade): void {
    if (this.#last === undefined) this.#deliver(trade);
  }

  /** A trade off a stream. */
  live(trade: Trade): void {
    const last = this.#last;
    if (last !== undefined && (trade.id <= last.id || this.#held.has(trade.id))) {
      this.#duplicates += 1;
      return;
    }
    if (last === undefined || trade.id === last.id + 1) {
      this.#deliver(trade);
      this.#closeHole();
      return;
    }
    const wasHolding = this.#held.size > 0;
    this.#held.set(trade.id, trade);
    if (trade.id < this.#heldFrom) this.#heldFrom = trade.id;
    if (this.#held.size > this.#capacity) this.giveUp('buffer-full');
    else if (!wasHolding) this.#sink.onHole();
  }

  /**
   * Rows from REST, ascending. Taken are those that come next and lie in a hole, or at or before `untilId`
   * where no hole is open; what is held already is left to its live copy, so that the counts of filled rows
   * and duplicates say what the streams did.
   */
  fill(rows: readonly Trade[], untilId = 0): void {
    for (const row of rows) {
      if (row.id !== (this.#last?.id ?? Number.NaN) + 1) continue;
      if (this.#held.size === 0 && row.id > untilId) return;
      this.#countGap();
      this.#filledRows += 1;
      this.#deliver(row);
      this.#closeHole();
    }
  }

  /** The catch-up that `fill` served has reached the newest trade. */
  settle(): void {
    if (this.#held.size === 0) this.#closeGap();
  }

  /** Names what is missing before the next trade at hand as lost, and goes on from there. */
  giveUp(reason: LostReason, next?: Trade): void {
    const last = this.#last;
    const follower = next ?? this.#held.get(this.#heldFrom);
    if (last === undefined || follower === undefined || follower.id <= last.id + 1) return;
    this.#countGap();
    this.#counted = false;
    this.#sink.onLost({
      kind: 'lost',
      symbolIndex: this.#symbolIndex,
      fromId: last.id + 1,
      toId: follower.id - 1,
      fromUs: last.tsTradeUs,
      toUs: follower.tsTradeUs,
      reason,
    });
    if (next !== undefined) {
      this.#filledRows += 1;
      this.#deliver(next);
    } else this.#takeHeld(follower);
    this.#release();
  }

  #closeHole(): void {
    if (this.#last === undefined || this.#last.id + 1 < this.#heldFrom) return;
    this.#closeGap();
    this.#release();
  }

  #release(): void {
    for (;;) {
      const next = this.#held.get((this.#last?.id ?? Number.NaN) + 1);
      if (next === undefined) break;
      this.#takeHeld(next);
    }
    this.#heldFrom = Number.POSITIVE_INFINITY;
    for (const id of this.#held.keys()) if (id < this.#heldFrom) this.#heldFrom = id;
    if (this.#held.size > 0) this.#sink.onHole();
  }

  #takeHeld(trade: Trade): void {
    this.#held.delete(trade.id);
    this.#deliver(trade);
  }

  #deliver(trade: Trade): void {
    this.#last = trade;
    this.#sink.onTrade(trade);
  }

  #countGap(): void {
    if (this.#counted) return;
    this.#counted = true;
    this.#gaps += 1;
  }

  #closeGap(): void {
    if (!this.#counted) return;
    this.#counted = false;
    this.#filled += 1;
  }
}
