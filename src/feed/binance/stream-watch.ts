/**
 * How long one stream may be silent before that is worth a question. The limit follows the stream's own pace:
 * `FACTOR` times the mean distance of its recent events, between a floor and a ceiling.
 * Units: milliseconds on this machine's clock.
 */
export interface SilenceLimits {
  readonly floorMs: number;
  readonly ceilingMs: number;
}

const FACTOR = 20;
/** Weight of the newest distance in the moving mean. */
const GAIN = 0.05;

export class StreamWatch {
  readonly #limits: SilenceLimits;
  #lastMs: number;
  #meanMs = Number.NaN;
  #askedMs = Number.NEGATIVE_INFINITY;

  constructor(limits: SilenceLimits, nowMs: number) {
    this.#limits = limits;
    this.#lastMs = nowMs;
  }

  get lastMs(): number {
    return this.#lastMs;
  }

  event(nowMs: number): void {
    const distance = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    this.#meanMs = Number.isNaN(this.#meanMs) ? distance : this.#meanMs + GAIN * (distance - this.#meanMs);
    this.#askedMs = Number.NEGATIVE_INFINITY;
  }

  /** The link came back: silence counts from now. */
  restart(nowMs: number): void {
    this.#lastMs = nowMs;
    this.#askedMs = Number.NEGATIVE_INFINITY;
  }

  /** True once per limit for as long as the silence lasts. */
  overdue(nowMs: number): boolean {
    const { floorMs, ceilingMs } = this.#limits;
    const pace = Number.isNaN(this.#meanMs) ? ceilingMs : FACTOR * this.#meanMs;
    const limit = Math.min(ceilingMs, Math.max(floorMs, pace));
    if (nowMs - Math.max(this.#lastMs, this.#askedMs) < limit) return false;
    this.#askedMs = nowMs;
    return true;
  }
}
