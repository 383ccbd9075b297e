/**
 * Keeps one bar interval's inference in order: one task at a time, bars that close meanwhile coalesced into
 * the next update, fits and installed states woven in between. A task whose thread dies is run again; until
 * one succeeds the last published epoch stays as it is.
 *
 * Flow: engine/valuation-cycle -> here -> engine/valuation-pool. Units: milliseconds.
 */
import type { FitReply, UpdateReply } from '#worker/protocol.ts';
import type { ValuationPool } from './valuation-pool.ts';

const MAX_FAILURES = 3;
/** Every epoch makes the answering threads read anew: fits that fall due together share one. */
const FITS_AN_EPOCH = 4;

export interface RunnerEvents {
  fitted(symbolIndex: number, reply: FitReply): void;
  updated(reply: UpdateReply): void;
  failed(error: Error): void;
}

/** Puts a ready state into a symbol's spare slot; called while no task of the interval runs. */
export type Installation = { readonly symbolIndex: number; readonly place: () => void };

export class IntervalRunner {
  readonly #pool: ValuationPool;
  readonly #intervalIndex: number;
  readonly #events: RunnerEvents;
  readonly #fits = new Map<number, number>();
  /** Symbols whose first fit runs. */
  readonly #starting = new Set<number>();
  #installations: (Installation & { done: () => void; failed: (error: Error) => void })[] = [];
  #dirty = false;
  #failures = 0;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(pool: ValuationPool, intervalIndex: number, events: RunnerEvents) {
    this.#pool = pool;
    this.#intervalIndex = intervalIndex;
    this.#events = events;
  }

  /** Fits these symbols side by side, then publishes them at once. For the start, before any bar streams. */
  async fitAll(fits: readonly { symbolIndex: number; untilMs: number }[]): Promise<void> {
    const intervalIndex = this.#intervalIndex;
    const fitted: number[] = [];
    await this.#exclusive(async () => {
      for (const { symbolIndex } of fits) this.#starting.add(symbolIndex);
      await Promise.all(
        fits.map(async ({ symbolIndex, untilMs }) => {
          try {
            const reply = await this.#pool.fit({ intervalIndex, symbolIndex, untilMs });
            fitted.push(symbolIndex);
            this.#events.fitted(symbolIndex, reply);
          } catch (error) {
            // The symbol goes without a posterior until more bars allow another try; the others start.
            this.#events.failed(asError(error));
          }
        }),
      );
      this.#starting.clear();
      await this.#update(fitted.sort((a, b) => a - b));
    });
    this.wake();
  }

  /** A first fit that runs already sees the bars since by the update after it. */
  requestFit(symbolIndex: number, untilMs: number): void {
    if (this.#starting.has(symbolIndex)) this.#dirty = true;
    else if (!this.#fits.has(symbolIndex)) this.#fits.set(symbolIndex, untilMs);
    this.wake();
  }

  install(installation: Installation): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#installations.push({ ...installation, done: resolve, failed: reject });
      this.wake();
    });
  }

  /** New bars lie in the history. */
  wakeForBars(): void {
    this.#dirty = true;
    this.wake();
  }

  wake(): void {
    if (this.#running !== undefined || this.#closed || !this.#hasWork()) return;
    // Bars of other symbols that close in this turn of the event loop join the same update.
    void this.#exclusive(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      while (this.#hasWork() && !this.#closed) await this.#step();
    });
  }

  /** Settles once nothing is running or waiting. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  close(): void {
    this.#closed = true;
  }

  #hasWork(): boolean {
    return this.#dirty || this.#fits.size > 0 || this.#installations.length > 0;
  }

  async #exclusive(work: () => Promise<void>): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    const run = work().finally(() => {
      this.#running = undefined;
    });
    this.#running = run.catch(() => {});
    await run;
  }

  async #step(): Promise<void> {
    const installation = this.#installations.shift();
    this.#dirty = false;
    try {
      if (installation !== undefined) {
        installation.place();
        const { failures } = await this.#update([installation.symbolIndex]);
        const refused = failures.find(({ symbolIndex }) => symbolIndex === installation.symbolIndex);
        if (refused === undefined) installation.done();
        else installation.failed(new Error(refused.message));
      } else if (this.#fits.size > 0) await this.#fitDue();
      else await this.#update([]);
      this.#failures = 0;
    } catch (cause) {
      const error = asError(cause);
      if (this.#closed) return;
      this.#events.failed(error);
      installation?.failed(error);
      this.#failures++;
      // A task that fails again and again waits for the next bar instead of spinning.
      if (this.#failures < MAX_FAILURES) this.#dirty = true;
      else this.#fits.clear();
    }
  }

  /** What was fitted is published even where a later fit fails. */
  async #fitDue(): Promise<void> {
    const fitted: number[] = [];
    try {
      for (const [symbolIndex, untilMs] of [...this.#fits].slice(0, FITS_AN_EPOCH)) {
        const reply = await this.#pool.fit({ intervalIndex: this.#intervalIndex, symbolIndex, untilMs });
        this.#events.fitted(symbolIndex, reply);
        this.#fits.delete(symbolIndex);
        fitted.push(symbolIndex);
      }
    } finally {
      if (fitted.length > 0) await this.#update(fitted);
    }
  }

  async #update(fitted: readonly number[]): Promise<UpdateReply> {
    const held = [...this.#fits.keys()].filter((symbolIndex) => !fitted.includes(symbolIndex));
    const reply = await this.#pool.update({ intervalIndex: this.#intervalIndex, fitted, held });
    for (const { symbolIndex, untilMs } of reply.refits) this.#fits.set(symbolIndex, untilMs);
    for (const { symbolIndex, message } of reply.failures)
      this.#events.failed(new Error(`symbol ${symbolIndex}: ${message}`));
    this.#events.updated(reply);
    return reply;
  }
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}
