/**
 * The plan of the risk memory: which symbols, bar intervals and standard horizons it serves, and the header
 * by which a thread makes sure that what it attached is what was allocated.
 *
 * Horizon ladder: a horizon is served by the longest interval that is not longer than it, in whole steps
 * rounded up; intervals shorter than the shortest horizon asked serve as they are.
 * Units: milliseconds. Shapes: everything else is sized from this plan.
 */
import type { PosteriorShape } from '#domain/posterior/state-layout.ts';

export interface RiskPlan {
  readonly symbols: readonly string[];
  /** Ascending. */
  readonly intervals: readonly IntervalPlan[];
  /** Of one posterior's state; equal for all. */
  readonly state: PosteriorShape;
  readonly seed: number;
}

export interface IntervalPlan {
  readonly intervalMs: number;
  /** Bars kept per symbol; a fit sees at most fitBars of them. */
  readonly historyBars: number;
  readonly fitBars: number;
  /** Horizons tabulated at every publication, ascending; the first is the interval itself. */
  readonly horizonsMs: readonly number[];
  /** Longest horizon served on demand, in steps. */
  readonly maxSteps: number;
  /** A symbol is fitted anew every so many bars. */
  readonly refitBars: number;
}

const MAGIC = 0x42564152;
const VERSION = 2;
const HEADER_INTS = 4;

/** The least that keeps plans in their room: every length that follows depends on these numbers. */
function fingerprint(plan: RiskPlan): number {
  let hash = 17;
  const absorb = (value: number): void => {
    hash = (Math.imul(hash, 31) + (value | 0) + Math.imul((value / 4294967296) | 0, 7)) | 0;
  };
  absorb(plan.symbols.length);
  absorb(plan.state.moving);
  absorb(plan.state.constants);
  for (const { intervalMs, historyBars, horizonsMs } of plan.intervals)
    for (const value of [intervalMs, historyBars, ...horizonsMs]) absorb(value);
  return hash;
}

export function createHeader(plan: RiskPlan): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(4 * HEADER_INTS);
  new Int32Array(buffer).set([MAGIC, VERSION, fingerprint(plan), 0]);
  return buffer;
}

/** Throws where the buffer was not made for this plan by this version of the code. */
export function verifyHeader(buffer: SharedArrayBuffer, plan: RiskPlan): void {
  const [magic, version, print] = new Int32Array(buffer);
  if (magic !== MAGIC) throw new RangeError('not a risk memory');
  if (version !== VERSION) throw new RangeError(`risk memory of version ${version}, not ${VERSION}`);
  if (print !== fingerprint(plan)) throw new RangeError('risk memory was laid out for another plan');
}

/** A shared buffer of exactly this many bytes, or a throw. */
export function requireBytes(buffer: SharedArrayBuffer, bytes: number, what: string): SharedArrayBuffer {
  if (buffer.byteLength !== bytes)
    throw new RangeError(`${what} needs ${bytes} bytes, not ${buffer.byteLength}`);
  return buffer;
}

export interface ServedHorizon {
  readonly intervalIndex: number;
  readonly steps: number;
}

/** The interval and number of steps that serve a horizon, or undefined where none does. */
export function serveHorizon(plan: RiskPlan, horizonMs: number): ServedHorizon | undefined {
  let intervalIndex = -1;
  plan.intervals.forEach(({ intervalMs }, index) => {
    if (intervalMs <= horizonMs) intervalIndex = index;
  });
  const interval = plan.intervals[intervalIndex];
  if (interval === undefined) return undefined;
  const steps = Math.ceil(horizonMs / interval.intervalMs);
  return steps <= interval.maxSteps ? { intervalIndex, steps } : undefined;
}
