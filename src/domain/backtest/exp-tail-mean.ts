/**
 * From log to simple returns, exactly: the mean of exp X below its quantile q = q_p, from the distribution
 * function alone. Integration by parts gives
 *   E[exp X | X <= q] = exp q - (1 / p) integral_0^inf exp(q - y) F(q - y) dy,
 * taken by Gauss-Legendre after y = w u / (1 - u). The lower tail of a simple return is bounded by -1, so
 * this is finite under any law; the upper tail of exp X is not, under Student-t.
 */
const NODES = gaussLegendre(24);

export function expTailMeanOf(
  cdf: (x: number) => number,
  probability: number,
  quantile: number,
  width: number,
): number {
  let integral = 0;
  for (const { at, weight } of NODES) {
    const y = (width * at) / (1 - at);
    integral += (weight * width * Math.exp(quantile - y) * cdf(quantile - y)) / ((1 - at) * (1 - at));
  }
  return Math.exp(quantile) - integral / probability;
}

/** Nodes and weights on (0, 1): roots of the Legendre polynomial by Newton's method. */
function gaussLegendre(count: number): { at: number; weight: number }[] {
  return Array.from({ length: count }, (_, index) => {
    let root = Math.cos((Math.PI * (index + 0.75)) / (count + 0.5));
    let slope = 1;
    for (let step = 0; step < 50; step++) {
      let previous = 1;
      let value = root;
      for (let k = 2; k <= count; k++) {
        const next = ((2 * k - 1) * root * value - (k - 1) * previous) / k;
        previous = value;
        value = next;
      }
      slope = (count * (root * value - previous)) / (root * root - 1);
      const change = value / slope;
      root -= change;
      if (Math.abs(change) < 1e-15) break;
    }
    return { at: (1 - root) / 2, weight: 1 / ((1 - root * root) * slope * slope) };
  });
}
