/**
 * Turns observations into StandardBars, one bar at a time, with all memory in a flat state.
 *
 * Learned on the way, each from the past only: the season; the ratio that brings the realised measure to the
 * variance of returns (discounted, truncated, shrunk to 1), which also absorbs a change of its source; the
 * level against which both are judged; the averages of the realised variance.
 * Flow: ObservationSeries -> here -> models. Shapes: STANDARDISER_STATE numbers.
 */
import { SEASON_STATE, Season } from './season.ts';
import { fillLogs, type StandardBars } from './standard-bars.ts';

const SCALE = 0;
const LEVEL = 1;
const RETURN_SUM = 2;
const REALISED_SUM = 3;
const RATIO_SUM = 4;
const RATIO_COUNT = 5;
const SEEN = 6;
const AVERAGES = 7;
const SIZES = AVERAGES + 6;
const OWN_STATE = 24;
export const STANDARDISER_STATE = OWN_STATE + SEASON_STATE;

/** Memory of the realised-to-return ratio, in bars, and the weight of its prior guess of 1. */
const RATIO_KEEP = 1 - 1 / 250;
const RATIO_PRIOR = 25;
/** Variance ratios above this say nothing more about level, season or ratio. */
const TRUNCATION = 16;
/** Returns are cut at this many scales, so that products of a block of bars stay finite. */
const LARGEST = 1e6;
const DAY_MS = 86_400_000;
const newsShare = (halfLife: number): number => 1 - 2 ** (-1 / halfLife);
const SHORT = newsShare(1);
const WEEK = newsShare(5);
const MONTH = newsShare(40);
const LONG = newsShare(200);
const SIZE_MONTH = newsShare(25);
const SIZE_LONG = newsShare(125);

export class Standardiser {
  readonly #state: Float64Array;
  readonly #season: Season;
  readonly #levelGain: number;

  /** `state` is a view of STANDARDISER_STATE numbers that this object reads and writes. */
  constructor(intervalMs: number, state: Float64Array) {
    this.#state = state;
    this.#season = new Season(intervalMs, state.subarray(OWN_STATE, STANDARDISER_STATE));
    this.#levelGain = newsShare(Math.min(Math.max((2 * DAY_MS) / intervalMs, 40), 500));
  }

  get scale(): number {
    return this.#state[SCALE]!;
  }

  /** Starts afresh at a reference scale (a standard deviation of returns). */
  reset(scale: number): void {
    const s = this.#state;
    s.fill(0);
    s[SCALE] = scale;
    s[LEVEL] = 1;
    s[RETURN_SUM] = RATIO_PRIOR;
    s[REALISED_SUM] = RATIO_PRIOR;
    s[RATIO_SUM] = 20;
    s[RATIO_COUNT] = 20;
    for (let k = 0; k < 6; k++) s[AVERAGES + k] = k < 4 ? 0.5 : 1;
    for (let k = 0; k < 5; k++) s[SIZES + k] = k === 1 || k === 2 ? 0.35 : 0.7;
    this.#season.reset();
  }

  /** ln of the factor from y to a log return for the bar that opens at this time. */
  lnScaleAt(openTimeMs: number, elapsedBars: number): number {
    return Math.log(this.#state[SCALE]!) + 0.5 * this.#season.logFactor(openTimeMs, elapsedBars);
  }

  /** Reads one observation into row `at` of `out` and learns from it. */
  push(
    openTimeMs: number,
    logReturn: number,
    realised: number,
    elapsedBars: number,
    out: StandardBars,
    at: number,
  ): void {
    const s = this.#state;
    const lnScale = this.lnScaleAt(openTimeMs, elapsedBars);
    const unit = Math.exp(-lnScale);
    const y = Math.min(Math.max(logReturn * unit, -LARGEST), LARGEST);
    const square = y * y;
    const level = s[LEVEL]!;
    let x = square;
    if (realised >= 0) {
      const raw = realised * unit * unit;
      x = (raw * s[RETURN_SUM]!) / s[REALISED_SUM]!;
      s[RETURN_SUM] = RATIO_KEEP * s[RETURN_SUM]! + Math.min(square / level, TRUNCATION);
      s[REALISED_SUM] = RATIO_KEEP * s[REALISED_SUM]! + Math.min(raw / level, TRUNCATION);
    }
    out.y[at] = y;
    out.x[at] = x;
    out.lnScale[at] = lnScale;
    this.#learn(openTimeMs, elapsedBars, x / level);
    this.#average(y, x, out, at);
    // Early on the level is the plain mean, later an exponential one.
    s[SEEN]!++;
    s[LEVEL]! += Math.max(this.#levelGain, 1 / (s[SEEN]! + 10)) * (Math.min(x, TRUNCATION * level) - level);
  }

  #learn(openTimeMs: number, elapsedBars: number, ratio: number): void {
    const s = this.#state;
    const truncated = Math.min(ratio, TRUNCATION);
    const mean = s[RATIO_SUM]! / s[RATIO_COUNT]!;
    this.#season.learn(openTimeMs, elapsedBars, Math.max(Math.min(truncated / mean - 1, 8), -1));
    s[RATIO_SUM] = RATIO_KEEP * s[RATIO_SUM]! + truncated;
    s[RATIO_COUNT] = RATIO_KEEP * s[RATIO_COUNT]! + 1;
  }

  /** Puts the present averages into every row of `out`, where simulated paths start. */
  fillAverages(out: StandardBars): void {
    averageColumns(out).forEach((column, slot) => {
      column.fill(this.#state[AVERAGES + slot]!);
    });
  }

  /** Moves each row's own averages past its own y and x; the state stays as it is. */
  foldPaths(rows: StandardBars): void {
    for (let i = 0; i < rows.length; i++) {
      const x = rows.x[i]!;
      const down = downShare(rows.y[i]!) * x;
      rows.xDown[i] = down;
      rows.xUp[i] = x - down;
      rows.down1[i]! += SHORT * (down - rows.down1[i]!);
      rows.up1[i]! += SHORT * (x - down - rows.up1[i]!);
      rows.down5[i]! += WEEK * (down - rows.down5[i]!);
      rows.up5[i]! += WEEK * (x - down - rows.up5[i]!);
      rows.average40[i]! += MONTH * (x - rows.average40[i]!);
      rows.average200[i]! += LONG * (x - rows.average200[i]!);
      const size = Math.sqrt(x);
      const sizeDown = downShare(rows.y[i]!) * size;
      rows.size1[i]! += SHORT * (size - rows.size1[i]!);
      rows.sizeDown5[i]! += WEEK * (sizeDown - rows.sizeDown5[i]!);
      rows.sizeUp5[i]! += WEEK * (size - sizeDown - rows.sizeUp5[i]!);
      rows.size25[i]! += SIZE_MONTH * (size - rows.size25[i]!);
      rows.size125[i]! += SIZE_LONG * (size - rows.size125[i]!);
      fillLogs(rows, i);
    }
  }

  #average(y: number, x: number, out: StandardBars, at: number): void {
    const down = downShare(y) * x;
    out.xDown[at] = down;
    out.xUp[at] = x - down;
    const early = Math.min(1 / (this.#state[SEEN]! + 2), 0.5);
    out.down1[at] = this.#fold(0, down, SHORT);
    out.up1[at] = this.#fold(1, x - down, SHORT);
    out.down5[at] = this.#fold(2, down, WEEK);
    out.up5[at] = this.#fold(3, x - down, WEEK);
    out.average40[at] = this.#fold(4, x, Math.max(MONTH, early));
    out.average200[at] = this.#fold(5, x, Math.max(LONG, early));
    const size = Math.sqrt(x);
    const sizeDown = downShare(y) * size;
    out.size1[at] = this.#fold(6, size, SHORT);
    out.sizeDown5[at] = this.#fold(7, sizeDown, WEEK);
    out.sizeUp5[at] = this.#fold(8, size - sizeDown, WEEK);
    out.size25[at] = this.#fold(9, size, Math.max(SIZE_MONTH, early));
    out.size125[at] = this.#fold(10, size, Math.max(SIZE_LONG, early));
    fillLogs(out, at);
  }

  #fold(slot: number, value: number, gain: number): number {
    const average = this.#state[AVERAGES + slot]! + gain * (value - this.#state[AVERAGES + slot]!);
    this.#state[AVERAGES + slot] = average;
    return average;
  }
}

function averageColumns(bars: StandardBars): Float64Array[] {
  return [
    bars.down1,
    bars.up1,
    bars.down5,
    bars.up5,
    bars.average40,
    bars.average200,
    bars.size1,
    bars.sizeDown5,
    bars.sizeUp5,
    bars.size25,
    bars.size125,
  ];
}

function downShare(y: number): number {
  return y < 0 ? 1 : y > 0 ? 0 : 0.5;
}
