/**
 * The exponential function on [-20, 20] by table and polynomial: relative error below 1e-13, several times
 * faster than Math.exp inside recursions, and built from additions and products alone.
 */
const CUTS = 64;
const REACH = 20;
const CUT = 1 / CUTS;
const table = Float64Array.from({ length: 2 * REACH * CUTS + 2 }, (_, k) => Math.exp(k / CUTS - REACH));

/** exp(x) for x in [-20, 20]; the caller clamps. */
export function fastExp(x: number): number {
  const position = (x + REACH) * CUTS;
  const knot = position | 0;
  const r = (position - knot) * CUT;
  const square = r * r;
  // Taylor's series in pairs (Estrin), so that the products do not wait for each other.
  const low = 1 + r + square * (0.5 + r * (1 / 6));
  const high = 1 / 24 + r * (1 / 120) + square * (1 / 720);
  return table[knot]! * (low + square * square * high);
}
