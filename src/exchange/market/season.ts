/**
 * Activity over the day and the week: variance per hour relative to its weekly mean.
 * Two daily humps (European and American hours) and quieter weekends, the shape seen in hourly crypto data.
 * Units: a positive multiplier of variance.
 */
import { DAY_MS, HOUR_MS } from './bar-node.ts';

const WEEKEND = 0.6;
/** 1970-01-01 was a Thursday: Saturday is day 2 of that count, Sunday day 3. */
const EPOCH_SATURDAY = 2;

function dayShape(hour: number): number {
  const european = Math.exp(-(((hour - 9) / 3) ** 2));
  const american = Math.exp(-(((hour - 15) / 2.5) ** 2));
  return 0.7 + 0.35 * european + 1.1 * american;
}

function weeklyMean(): number {
  let sum = 0;
  for (let hour = 0; hour < 24; hour++) sum += dayShape(hour + 0.5);
  return ((sum / 24) * (5 + 2 * WEEKEND)) / 7;
}

const MEAN = weeklyMean();

export function seasonalVariance(timeMs: number): number {
  const hour = (timeMs % DAY_MS) / HOUR_MS;
  const day = Math.floor(timeMs / DAY_MS) % 7;
  const weekend = day === EPOCH_SATURDAY || day === EPOCH_SATURDAY + 1 ? WEEKEND : 1;
  return (dayShape(hour) * weekend) / MEAN;
}
