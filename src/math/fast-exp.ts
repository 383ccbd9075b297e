/**
 * The exponential function on [-20, 20] by table and polynomial: relative error below 1e-13, several times
 * faster than Math.exp inside recursions, and built from additions and products alone.
 */
const CUTS = 32;
const REACH = 20;
const table = Float64Array.from({ length: 2 * REACH * CUTS + 1 }, (_, k) => Math.exp(k / CUTS - REACH));

/** exp(x) for x in [-20, 20]; the caller clamps. */
export function fastExp(x: number): number {
  const position = (x + REACH) * CUTS;
  const knot = (position + 0.5) | 0;
  const r = (position - knot) / CUTS;
  const series = 1 + r * (1 + r * (0.5 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720))))));
  return table[knot]! * series;
}
