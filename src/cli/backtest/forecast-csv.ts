/**
 * The forecasts as CSV: a comment that states the unit, a header, one row per forecast. Losses are positive.
 */
import type { ForecastTrack } from '#domain/backtest/forecast-track.ts';

export function forecastCsv(
  track: ForecastTrack,
  stamps: readonly string[],
  unit: 'log' | 'simple',
  interval: string,
): string {
  const names = track.levels.flatMap(({ confidence }) => {
    const label = percentLabel(confidence);
    return [`var_${label}`, `es_${label}`];
  });
  const lines = [
    `# returns: ${unit}; losses positive; one bar of ${interval} ahead; each row forecast from the rows before it`,
    ['time', 'return', ...names, 'pit'].join(','),
  ];
  for (let t = 0; t < track.length; t++) {
    const cells = [stamps[t]!, decimal(track.outcome[t]!)];
    for (const { valueAtRisk, expectedShortfall } of track.levels)
      cells.push(decimal(valueAtRisk[t]!), decimal(expectedShortfall[t]!));
    cells.push(decimal(track.pit[t]!));
    lines.push(cells.join(','));
  }
  return `${lines.join('\n')}\n`;
}

/** 0.975 gives 97.5, 0.99 gives 99. */
export function percentLabel(confidence: number): string {
  return String(Math.round(confidence * 1e8) / 1e6);
}

const DECIMALS = 12;

/** Plain decimals, never an exponent and never -0. */
function decimal(value: number): string {
  const text = value.toFixed(DECIMALS);
  return Number(text) === 0 ? '0' : text.replace(/0+$/, '').replace(/\.$/, '');
}
