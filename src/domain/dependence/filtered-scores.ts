/**
 * Normal scores for bars that came before the first forecast: returns over an exponentially weighted
 * volatility, ranked. They seed the dependence until forecasts have outcomes of their own.
 *
 *   s2 <- 0.97 s2 + 0.03 r^2,  e_t = r_t / s_{t-1},  z_t = Phi^-1(rank(e_t) / (n + 1))
 *
 * Flow: bar history -> here -> memory/score-history. Units: log returns in, scores out, oldest first.
 */
import { normalQuantile } from '#math/special-functions.ts';

const DECAY = 0.97;
const WARM_UP = 20;

export function filteredScores(logReturns: Float64Array): Float64Array {
  const length = logReturns.length;
  const warm = Math.min(WARM_UP, length);
  let variance = 0;
  for (let t = 0; t < warm; t++) variance += logReturns[t]! ** 2 / warm;
  const standard = new Float64Array(length);
  for (let t = 0; t < length; t++) {
    standard[t] = variance > 0 ? logReturns[t]! / Math.sqrt(variance) : 0;
    variance = DECAY * variance + (1 - DECAY) * logReturns[t]! ** 2;
  }
  const order = Array.from(standard.keys()).sort((a, b) => standard[a]! - standard[b]! || a - b);
  const scores = new Float64Array(length);
  order.forEach((t, rank) => {
    scores[t] = normalQuantile((rank + 1) / (length + 1));
  });
  return scores;
}
