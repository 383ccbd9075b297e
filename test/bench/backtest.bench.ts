/**
 * Speed of a whole backtest: hourly forecasts with the full pool and the four peers, on one core.
 * The bar is 8,000 forecasts in 60 seconds on two cores.
 */
import { runBlock } from '../../src/domain/backtest/backtest-plan.ts';
import { createAssetPosterior } from '../../src/domain/posterior/pool-posterior.ts';
import { clusteredReturns, seriesOf } from '../support/return-series.ts';
import type { BenchRow } from './bench-row.ts';

const FORECASTS = 500;
const WINDOW = 2000;
const BAR_PER_CORE = 8000 / 60 / 2;

export async function bench(): Promise<BenchRow[]> {
  const series = seriesOf(clusteredReturns(WINDOW + 2 * FORECASTS, 1));
  const plan = {
    first: WINDOW,
    end: series.length,
    window: WINDOW,
    refit: 100,
    probabilities: [0.05, 0.025, 0.01],
    simple: false,
    posterior: { intervalMs: series.intervalMs, particles: 512, seed: 1 },
    peers: true,
    members: false,
  };
  const forecast = (from: number) =>
    runBlock(createAssetPosterior, series, plan, { from, to: from + FORECASTS });
  forecast(WINDOW);
  const before = process.cpuUsage();
  forecast(WINDOW + FORECASTS);
  const { user, system } = process.cpuUsage(before);
  const value = FORECASTS / ((user + system) / 1e6);
  return [
    {
      name: 'hourly forecasts a second of one core, 512 particles, full pool, four peers',
      value,
      unit: 'forecasts/s',
      rival: 'what 8,000 forecasts in 60 s on two cores need',
      rivalValue: BAR_PER_CORE,
      ratio: value / BAR_PER_CORE,
      bar: 'ratio >= 1',
      met: value >= BAR_PER_CORE,
    },
  ];
}
