/**
 * The season of volatility: a positive factor on the variance of each bar, learned online.
 *
 * ln factor = beta . phi, where phi holds low-order harmonics of the hour of the day and of the day of the week
 * (bars of less than half a day), or of the weekend alone (longer bars), and ln(elapsed bars) for returns that
 * span a gap. In a week of five days harmonics and gap would fit each day freely, at more noise than they tell;
 * a market open on weekends is quieter there (adr/0014).
 * beta follows discounted Newton steps on the gamma quasi-likelihood of truncated variance ratios, with a ridge that pulls it to no
 * season at all: few data give little season, outliers move it little.
 *
 * Flow: Standardiser -> here. Units: times in milliseconds UTC, factors without unit.
 * Shapes: a season's state is SEASON_STATE numbers: beta, then the information matrix row-major.
 */
import { choleskyInPlace, solveLower, solveUpper } from '#math/linear-algebra.ts';
import { isIntraday } from './intraday.ts';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** 1970-01-05 was a Monday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;
const DAY_HARMONICS = 4;
const WEEK_HARMONICS = 2;
export const SEASON_TERMS = 2 * DAY_HARMONICS + 2 * WEEK_HARMONICS + 1;
const GAP_TERM = SEASON_TERMS - 1;
export const SEASON_STATE = SEASON_TERMS + SEASON_TERMS * SEASON_TERMS;

/** Prior standard deviation of a coefficient: a swing of about a third in variance. */
const PRIOR_SD = 0.3;
/** A return over m bars carries m^c times the variance; c is one for a clock that never stops. */
const GAP_PRIOR_MEAN = 0.5;
/** Inverse dispersion of a truncated variance ratio, between a squared return's and a range's. */
const INFORMATION = 0.7;
const MEMORY_DAYS = 60;
const SHORTEST_MEMORY = 1000;

export class Season {
  readonly #beta: Float64Array;
  readonly #information: Float64Array;
  readonly #intraday: boolean;
  readonly #keep: number;
  readonly #phi = new Float64Array(SEASON_TERMS);
  readonly #work = new Float64Array(SEASON_TERMS);
  readonly #factor = new Float64Array(SEASON_TERMS * SEASON_TERMS);

  /** `state` is a view of SEASON_STATE numbers that this object reads and writes. */
  constructor(intervalMs: number, state: Float64Array) {
    this.#beta = state.subarray(0, SEASON_TERMS);
    this.#information = state.subarray(SEASON_TERMS, SEASON_STATE);
    this.#intraday = isIntraday(intervalMs);
    const memory = Math.max((MEMORY_DAYS * DAY_MS) / intervalMs, SHORTEST_MEMORY);
    this.#keep = 1 - 1 / memory;
  }

  reset(): void {
    this.#beta.fill(0);
    this.#beta[GAP_TERM] = GAP_PRIOR_MEAN;
    this.#information.fill(0);
  }

  /** Logarithm of the variance factor of the bar that opens at this time. */
  logFactor(openTimeMs: number, elapsedBars: number): number {
    this.#fillTerms(openTimeMs, elapsedBars);
    let sum = 0;
    for (let k = 0; k < SEASON_TERMS; k++) sum += this.#beta[k]! * this.#phi[k]!;
    return sum;
  }

  /** Learns from one bar; `surprise` is its truncated variance ratio over the mean of such ratios, less 1. */
  learn(openTimeMs: number, elapsedBars: number, surprise: number): void {
    this.#fillTerms(openTimeMs, elapsedBars);
    const n = SEASON_TERMS;
    const ridge = 1 / (PRIOR_SD * PRIOR_SD);
    for (let row = 0; row < n; row++) {
      for (let column = 0; column < n; column++) {
        const at = row * n + column;
        const news = INFORMATION * this.#phi[row]! * this.#phi[column]!;
        this.#information[at] = this.#keep * this.#information[at]! + news;
        this.#factor[at] = this.#information[at]! + (row === column ? ridge : 0);
      }
      const prior = row === GAP_TERM ? GAP_PRIOR_MEAN : 0;
      const pull = ridge * (1 - this.#keep) * (prior - this.#beta[row]!);
      this.#work[row] = INFORMATION * this.#phi[row]! * surprise + pull;
    }
    if (!choleskyInPlace(this.#factor, n)) return;
    solveLower(this.#factor, n, this.#work, this.#work);
    solveUpper(this.#factor, n, this.#work, this.#work);
    for (let k = 0; k < n; k++) this.#beta[k]! += this.#work[k]!;
  }

  #fillTerms(openTimeMs: number, elapsedBars: number): void {
    const phi = this.#phi;
    phi.fill(0);
    phi[GAP_TERM] = elapsedBars > 1 ? Math.log(elapsedBars) : 0;
    if (!this.#intraday) {
      phi[0] = ((openTimeMs - FIRST_MONDAY_MS) % WEEK_MS) / DAY_MS >= 5 ? 1 : 0;
      return;
    }
    let at = 0;
    const day = (2 * Math.PI * openTimeMs) / DAY_MS;
    for (let k = 1; k <= DAY_HARMONICS; k++) {
      phi[at++] = Math.cos(k * day);
      phi[at++] = Math.sin(k * day);
    }
    const week = (2 * Math.PI * (openTimeMs - FIRST_MONDAY_MS)) / WEEK_MS;
    for (let k = 1; k <= WEEK_HARMONICS; k++) {
      phi[at++] = Math.cos(k * week);
      phi[at++] = Math.sin(k * week);
    }
  }
}
