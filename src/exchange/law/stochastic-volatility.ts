/**
 * The default law: log-AR(1) stochastic volatility with leverage, one common and one own factor each for
 * returns and for volatility, Student-t shocks, common and own jumps, daily and weekly season.
 * Flow: seed, instrument -> here -> root path.
 * Units: log returns per root interval; volatility states are log multipliers of the instrument's typical one.
 * Source of the form: Taylor (1986) log-AR(1) volatility; Harvey and Shephard (1996) leverage.
 */
import type { RandomStream } from '#math/random.ts';
import { drawChiSquare } from '#math/sampling.ts';
import { DAY_MS } from '../market/bar-node.ts';
import type { Instrument } from '../market/instrument.ts';
import { seasonalVariance } from '../market/season.ts';
import { CommonFactor } from './common-factor.ts';
import type { ProcessFactory, ReturnProcess, RootReturn } from './return-process.ts';

const SHOCK_DEGREES = 6;
const MARKET_STATE_SD = 0.4;
const OWN_STATE_SD = 0.25;
/** Makes the mean variance the typical one: E exp(2x) = exp(2 var x). */
const STATE_BIAS = -(MARKET_STATE_SD ** 2 + OWN_STATE_SD ** 2);
/** Time for a volatility shock to fade to 1/e. */
const MEMORY_MS = 4 * DAY_MS;
const LEVERAGE = -0.5;
const MARKET_JUMPS_PER_DAY = 0.02;
const OWN_JUMPS_PER_DAY = 0.02;
/** Pulls the log price back to its listing level, so that years of history stay near today's prices. */
const REVERSION_MS = 500 * DAY_MS;

interface Factor {
  readonly gauss: number;
  /** Unit-variance Student-t shock built on the same normal. */
  readonly shock: number;
  readonly stateNoise: number;
  /** Jump in typical daily standard deviations, mostly 0. */
  readonly jump: number;
}

function drawFactor(random: RandomStream, jumpProbability: number): Factor {
  const gauss = random.normal();
  const mixing = Math.sqrt((SHOCK_DEGREES - 2) / drawChiSquare(random, SHOCK_DEGREES));
  const stateNoise = random.normal();
  const jumps = random.uniform() < jumpProbability;
  const jump = jumps ? -0.2 + 1.2 * random.normal() : 0;
  return { gauss, shock: gauss * mixing, stateNoise, jump };
}

export function stochasticVolatility(seed: number, rootIntervalMs: number): ProcessFactory {
  const days = rootIntervalMs / DAY_MS;
  const common = new CommonFactor(seed, (random) => drawFactor(random, MARKET_JUMPS_PER_DAY * days));
  return (instrument) => symbolProcess(instrument, rootIntervalMs, common);
}

function symbolProcess(
  instrument: Instrument,
  rootIntervalMs: number,
  common: CommonFactor<Factor>,
): ReturnProcess {
  const days = rootIntervalMs / DAY_MS;
  const persistence = Math.exp(-rootIntervalMs / MEMORY_MS);
  const innovation = Math.sqrt(1 - persistence * persistence);
  const typical = instrument.dailyVolatility * Math.sqrt(days);
  const reversion = rootIntervalMs / REVERSION_MS;
  const loading = instrument.marketLoading;
  const ownLoading = Math.sqrt(1 - loading * loading);
  let marketState = 0;
  let ownState = 0;
  let level = 0;

  function advance(state: number, sd: number, factor: Factor): number {
    const noise = LEVERAGE * factor.gauss + Math.sqrt(1 - LEVERAGE * LEVERAGE) * factor.stateNoise;
    return persistence * state + sd * innovation * noise;
  }

  return {
    next(openMs, volatilityScale, random): RootReturn {
      const market = common.at(openMs / rootIntervalMs);
      const own = drawFactor(random, OWN_JUMPS_PER_DAY * days);
      const season = rootIntervalMs < DAY_MS ? Math.sqrt(seasonalVariance(openMs + rootIntervalMs / 2)) : 1;
      const diffusion = typical * season * volatilityScale * Math.exp(marketState + ownState + STATE_BIAS);
      const shock = loading * market.shock + ownLoading * own.shock;
      const jump = instrument.dailyVolatility * volatilityScale * (loading * market.jump + own.jump);
      const logReturn = diffusion * shock + jump - reversion * level;
      marketState = advance(marketState, MARKET_STATE_SD, market);
      ownState = advance(ownState, OWN_STATE_SD, own);
      level += logReturn;
      return { logReturn, diffusion, jump };
    },
    conditional: () => undefined,
  };
}
