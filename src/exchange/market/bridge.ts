/**
 * Extremes of a Brownian bridge between two prices.
 * Units: ticks. Source: the reflection principle; P(max > m) = exp(-2 (m - a)(m - b) / s^2).
 */
import type { RandomStream } from '#math/random.ts';

export interface Extremes {
  readonly high: number;
  readonly low: number;
}

/** Maximum above both ends, from one uniform. */
function reach(span: number, variance: number, uniform: number): number {
  return (Math.sqrt(span * span - 2 * variance * Math.log(uniform)) - Math.abs(span)) / 2;
}

/** High and low drawn from their marginal laws, rounded to whole ticks and never inside [open, close]. */
export function bridgeExtremes(
  random: RandomStream,
  open: number,
  close: number,
  deviation: number,
): Extremes {
  const variance = deviation * deviation;
  const span = close - open;
  return {
    high: Math.max(open, close) + Math.round(reach(span, variance, random.uniform())),
    low: Math.min(open, close) - Math.round(reach(span, variance, random.uniform())),
  };
}

/** Reflects a value at both walls until it lies between them. */
export function foldInto(value: number, low: number, high: number): number {
  if (value >= low && value <= high) return value;
  const width = high - low;
  if (width <= 0) return low;
  const offset = (((value - low) % (2 * width)) + 2 * width) % (2 * width);
  return low + (offset <= width ? offset : 2 * width - offset);
}
