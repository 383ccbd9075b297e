/**
 * Tests of expected shortfall by Acerbi and Szekely (2014, 2019). All have mean 0 under a correct forecast
 * and are negative where the shortfall is forecast too small; L = -r, I = 1{L > VaR}.
 *   Z1 = 1 - (1 / x) sum I L / ES
 *   Z2 = 1 - (1 / (T a)) sum I L / ES
 *   Z3 = mean[(ES - VaR - (L - VaR)^+ / a) / ES], the minimally biased form
 * p-values are one-sided and simulated from the tail that each forecast pair itself implies: Pareto beyond
 * the VaR with index xi = 1 - VaR / ES, whose mean beyond the VaR is ES. Where VaR <= 0 the tail is
 * exponential with mean ES - VaR beyond the VaR.
 */
import { createRandom, type RandomStream } from '#math/random.ts';
import { type TestResult, testResult, withoutAnswer } from './test-result.ts';

const SIMULATIONS = 1999;

export interface ShortfallTests {
  readonly z1: TestResult;
  readonly z2: TestResult;
  readonly z3: TestResult;
}

interface Statistics {
  readonly hits: number;
  readonly z1: number;
  readonly z2: number;
  readonly z3: number;
}

/** Accumulates the three sums over exceedances only; `base` is the part of Z3 that no outcome changes. */
class Sums {
  hits = 0;
  ratio = 0;
  excess = 0;

  add(loss: number, valueAtRisk: number, expectedShortfall: number): void {
    this.hits++;
    this.ratio += loss / expectedShortfall;
    this.excess += (loss - valueAtRisk) / expectedShortfall;
  }

  statistics(forecasts: number, probability: number, base: number): Statistics {
    return {
      hits: this.hits,
      z1: this.hits === 0 ? 0 : 1 - this.ratio / this.hits,
      z2: 1 - this.ratio / (forecasts * probability),
      z3: base - this.excess / (forecasts * probability),
    };
  }
}

export function acerbiSzekelyTests(
  outcome: Float64Array,
  valueAtRisk: Float64Array,
  expectedShortfall: Float64Array,
  probability: number,
): ShortfallTests {
  const forecasts = outcome.length;
  const refusal = (note: string) => ({
    z1: withoutAnswer('z1', note),
    z2: withoutAnswer('z2', note),
    z3: withoutAnswer('z3', note),
  });
  if (forecasts === 0) return refusal('no forecasts');
  let base = 0;
  const sums = new Sums();
  for (let t = 0; t < forecasts; t++) {
    const es = expectedShortfall[t]!;
    const value = valueAtRisk[t]!;
    if (!(es > 0) || es < value) return refusal('an expected shortfall is not positive or below its VaR');
    base += (es - value) / es / forecasts;
    if (-outcome[t]! > value) sums.add(-outcome[t]!, value, es);
  }
  const observed = sums.statistics(forecasts, probability, base);
  const below = { z1: 0, z2: 0, z3: 0, withHits: 0 };
  const random = createRandom(20_141_114, forecasts, probability);
  for (let run = 0; run < SIMULATIONS; run++) {
    const drawn = simulate(random, valueAtRisk, expectedShortfall, probability, base);
    if (drawn.z2 <= observed.z2) below.z2++;
    if (drawn.z3 <= observed.z3) below.z3++;
    if (drawn.hits === 0) continue;
    below.withHits++;
    if (drawn.z1 <= observed.z1) below.z1++;
  }
  return {
    z1:
      observed.hits === 0
        ? withoutAnswer('z1', 'no exceedance')
        : testResult('z1', observed.z1, (below.z1 + 1) / (below.withHits + 1)),
    z2: testResult('z2', observed.z2, (below.z2 + 1) / (SIMULATIONS + 1)),
    z3: testResult('z3', observed.z3, (below.z3 + 1) / (SIMULATIONS + 1)),
  };
}

function simulate(
  random: RandomStream,
  valueAtRisk: Float64Array,
  expectedShortfall: Float64Array,
  probability: number,
  base: number,
): Statistics {
  const sums = new Sums();
  const logMiss = Math.log1p(-probability);
  // Exceedances are rare: jump from one to the next by the geometric waiting time.
  let t = Math.floor(Math.log(random.uniform()) / logMiss);
  while (t < valueAtRisk.length) {
    const value = valueAtRisk[t]!;
    const es = expectedShortfall[t]!;
    const u = random.uniform();
    const loss = value > 0 ? value * u ** (value / es - 1) : value - (es - value) * Math.log(u);
    sums.add(loss, value, es);
    t += 1 + Math.floor(Math.log(random.uniform()) / logMiss);
  }
  return sums.statistics(valueAtRisk.length, probability, base);
}
