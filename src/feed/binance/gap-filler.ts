/**
 * Fetches what a sequencer misses: the rows of a hole, or whatever happened since its last trade.
 * Flow: sequencer (a hole), ingest (settle) -> here -> REST -> sequencer.
 * The exchange serves history from its slowest tier, so rows just behind the live edge may not be there yet:
 * it waits a moment first, asks again with growing pauses, and only then names them lost.
 */
import type { Trade } from '#domain/market/tick.ts';
import type { FeedClock } from './clock.ts';
import { pause } from './pause.ts';
import type { Sequencer } from './sequencer.ts';
import type { TradeSource } from './trade-source.ts';

export interface GapLimits {
  /** Pause before a new hole is fetched: two links, or a link and REST, may close it themselves. */
  readonly delayMs: number;
  /** Answers without the wanted row before it counts as lost. */
  readonly attempts: number;
  readonly retryMs: number;
  readonly pages: number;
  /** The longest that live trades wait for a REST that does not answer. */
  readonly holdMs: number;
}

export interface GapFillerParts {
  readonly symbolIndex: number;
  readonly sequencer: Sequencer;
  readonly source: TradeSource;
  readonly limits: GapLimits;
  readonly clock: FeedClock;
  readonly signal: AbortSignal;
}

export class GapFiller {
  readonly #parts: GapFillerParts;
  #work: Promise<void> | undefined;
  #fresh = true;
  #openedMs = 0;
  #pages = 0;
  #fruitless = 0;

  constructor(parts: GapFillerParts) {
    this.#parts = parts;
  }

  /** True while a hole is open. */
  get busy(): boolean {
    return this.#work !== undefined;
  }

  /** A new hole: starts work unless it is going on. */
  open(): void {
    this.#fresh = true;
    this.#work ??= this.#closeHoles().finally(() => {
      this.#work = undefined;
    });
  }

  /** True once every trade that the exchange had at the time of the call has been delivered. */
  async settle(): Promise<boolean> {
    const { source, symbolIndex, sequencer, limits, signal } = this.#parts;
    await this.#work;
    const newest = await source.newestId(symbolIndex);
    if (!newest.ok) return false;
    if (newest.value < 0) return sequencer.last === undefined;
    if (sequencer.last === undefined) {
      const page = await source.page(symbolIndex, newest.value);
      if (page.ok && page.value[0] !== undefined) sequencer.begin(page.value[0]);
    }
    if (this.#lastId() < newest.value) await pause(limits.delayMs, signal);
    let failures = 0;
    while (this.#lastId() < newest.value && failures < limits.attempts && !signal.aborted) {
      const before = this.#lastId();
      if (this.#work !== undefined) await this.#work;
      else await this.#catchUp(newest.value);
      if (this.#lastId() > before) continue;
      failures += 1;
      await pause(limits.retryMs * failures, signal);
    }
    sequencer.settle();
    return this.#lastId() >= newest.value;
  }

  async #catchUp(untilId: number): Promise<void> {
    const { source, symbolIndex, sequencer } = this.#parts;
    const page = await source.page(symbolIndex, this.#lastId() + 1);
    if (page.ok) sequencer.fill(page.value, untilId);
  }

  async #closeHoles(): Promise<void> {
    const { sequencer, limits, clock, signal } = this.#parts;
    while (sequencer.heldFrom < Number.POSITIVE_INFINITY && !signal.aborted) {
      if (this.#fresh) {
        this.#fresh = false;
        this.#pages = 0;
        this.#fruitless = 0;
        this.#openedMs = clock.nowMs();
        await pause(limits.delayMs, signal);
      } else await this.#step();
    }
  }

  /** Asks for one page and decides what its answer means for the hole. */
  async #step(): Promise<void> {
    const { symbolIndex, sequencer, source, limits, clock, signal } = this.#parts;
    const wanted = this.#lastId() + 1;
    const page = await source.page(symbolIndex, wanted);
    if (!page.ok) {
      const leftMs = this.#openedMs + limits.holdMs - clock.nowMs();
      if (leftMs <= 0) sequencer.giveUp('rest-failed');
      else await pause(Math.min(leftMs, Math.max(limits.retryMs, source.blockedForMs())), signal);
      return;
    }
    sequencer.fill(page.value);
    if (this.#lastId() >= wanted) {
      this.#fruitless = 0;
      this.#pages += 1;
      if (this.#pages >= limits.pages) sequencer.giveUp('page-limit');
      return;
    }
    this.#fruitless += 1;
    if (this.#fruitless < limits.attempts) await pause(limits.retryMs * this.#fruitless, signal);
    else sequencer.giveUp('not-served', firstInHole(page.value, sequencer.heldFrom));
  }

  #lastId(): number {
    return this.#parts.sequencer.last?.id ?? Number.NaN;
  }
}

/** The first row that lies in the hole at all, where the exchange skips ids itself. */
function firstInHole(rows: readonly Trade[], heldFrom: number): Trade | undefined {
  const row = rows[0];
  return row !== undefined && row.id < heldFrom ? row : undefined;
}
