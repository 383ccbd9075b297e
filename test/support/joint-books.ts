/** Books over a joint law that tests choose: marginals, scenario columns and correlation, without posteriors. */
import type { Book } from '../../src/domain/measure/book-risk.ts';
import { marginalFromMixture } from '../../src/domain/measure/marginal-exact.ts';
import { createMarginal, type MarginalTable } from '../../src/domain/measure/marginal-table.ts';
import { createBaseDraws, fillCopulaRanks } from '../../src/domain/scenario/copula-ranks.ts';
import { fillEllipticalColumn, fillEllipticalMeans } from '../../src/domain/scenario/elliptical-column.ts';
import { SCENARIOS } from '../../src/domain/scenario/lattice.ts';
import { fillReturnColumn } from '../../src/domain/scenario/return-column.ts';
import { createRandom } from '../../src/math/random.ts';
import { cloud, type LawParts, singleLaw } from './mixtures.ts';

export interface JointLawParts {
  readonly seed: number;
  readonly symbols: number;
  readonly correlation: number;
  readonly nu: number;
  /** Names the marginals; the same for different scenario seeds. */
  readonly market?: number;
  /** Each symbol's law, instead of clouds of different ones. */
  readonly law?: LawParts;
}

export interface JointMarket {
  readonly marginals: readonly MarginalTable[];
  readonly elliptical: Float32Array;
  readonly rank: Uint16Array;
  readonly correlation: Float64Array;
  /** A book of these exposures, zeros left out. */
  book(exposures: readonly number[], seed?: number): Book;
}

export function equicorrelation(symbols: number, value: number): Float64Array {
  return Float64Array.from({ length: symbols * symbols }, (_, at) => (at % (symbols + 1) === 0 ? 1 : value));
}

export function jointMarket({ seed, symbols, correlation, nu, market = 1, law }: JointLawParts): JointMarket {
  const random = createRandom(market, 0x90b);
  const marginals = Array.from({ length: symbols }, (_, symbolIndex) => {
    const table = createMarginal();
    const own = cloud({
      seed: market * 100 + symbolIndex,
      particles: 24,
      models: 3,
      scale: 0.006 + 0.02 * random.uniform(),
      nu: 3.5 + 5 * random.uniform(),
      skew: Math.exp(0.1 * random.normal()),
    });
    const mixture = law === undefined ? own : singleLaw(law);
    const stamp = { symbolIndex, steps: 1, horizonMs: 1, lastOpenTimeMs: 0, seed: market };
    marginalFromMixture(mixture, stamp, table);
    return table;
  });
  const matrix = equicorrelation(symbols, correlation);
  const elliptical = new Float32Array(symbols * SCENARIOS);
  const rank = new Uint16Array(symbols * SCENARIOS);
  const means = new Float32Array(SCENARIOS);
  fillCopulaRanks(createBaseDraws(seed, symbols), matrix, nu, rank);
  fillEllipticalMeans(nu, means);
  for (let a = 0; a < symbols; a++) {
    const from = a * SCENARIOS;
    fillEllipticalColumn(
      means,
      rank.subarray(from, from + SCENARIOS),
      elliptical.subarray(from, from + SCENARIOS),
    );
  }
  const columns = marginals.map((marginal, a) => {
    const column = new Float32Array(SCENARIOS);
    fillReturnColumn(marginal, rank.subarray(a * SCENARIOS, (a + 1) * SCENARIOS), column);
    return column;
  });
  return {
    marginals,
    elliptical,
    rank,
    correlation: matrix,
    book(exposures, bookSeed) {
      const kept = exposures.flatMap((exposure, a) => (exposure === 0 ? [] : [{ exposure, a }]));
      return {
        legs: kept.map(({ exposure, a }) => ({
          exposure,
          marginal: marginals[a]!,
          returns: columns[a]!,
          elliptical: elliptical.subarray(a * SCENARIOS, (a + 1) * SCENARIOS),
        })),
        correlation: equicorrelation(kept.length, correlation),
        nu,
        ...(bookSeed !== undefined && { seed: bookSeed }),
      };
    },
  };
}
