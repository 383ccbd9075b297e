/**
 * Sub-sampled realised variance of one bar from log prices on an even grid.
 * Formula: RV = (1/k) sum over offsets o in [0, k) of the sum of squared returns over the grid
 * {0, o, o + k, o + 2k, ..., n}; the average over sub-grids of Zhang, Mykland and Ait-Sahalia (2005), with the
 * short first and last steps kept, so that every sub-grid spans the whole bar and each jump counts in full.
 * Units: natural log prices in, squared log return over the bar out.
 * Shapes: grid has n + 1 points, the first at the bar's open, the last at its close.
 */
export function realisedVariance(grid: Float64Array, step: number): number {
  const last = grid.length - 1;
  let total = 0;
  for (let offset = 0; offset < step; offset += 1) {
    let previous = grid[0] as number;
    for (let point = offset === 0 ? step : offset; point < last; point += step) {
      const price = grid[point] as number;
      total += (price - previous) * (price - previous);
      previous = price;
    }
    const end = grid[last] as number;
    total += (end - previous) * (end - previous);
  }
  return total / step;
}
