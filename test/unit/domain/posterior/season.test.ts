import { describe, expect, it } from 'vitest';
import { SEASON_STATE, Season } from '#domain/posterior/season.ts';
import { createRandom } from '#math/random.ts';

const HOUR = 3_600_000;
const MINUTE5 = 300_000;

/** Feeds variance ratios with the given log factor and returns the season learned. */
function learned(
  intervalMs: number,
  bars: number,
  lnFactor: (time: number) => number,
  outlierEvery = 0,
): Season {
  const season = new Season(intervalMs, new Float64Array(SEASON_STATE));
  season.reset();
  const random = createRandom(4);
  for (let t = 0; t < bars; t++) {
    const time = t * intervalMs;
    const z = random.normal();
    let ratio = z * z * Math.exp(lnFactor(time) - season.logFactor(time, 1));
    if (outlierEvery > 0 && t % outlierEvery === 0) ratio = 16;
    season.learn(time, 1, Math.min(ratio, 9) - 1);
  }
  return season;
}

const swing = (time: number): number => 0.5 * Math.cos((2 * Math.PI * time) / 86_400_000);
const rootMeanSquare = (season: Season, target: (time: number) => number, step: number): number => {
  let sum = 0;
  for (let k = 0; k < 168; k++) sum += (season.logFactor(k * step, 1) - target(k * step)) ** 2;
  return Math.sqrt(sum / 168);
};

describe('the season of volatility', () => {
  it('finds a daily swing in three months of hours', () => {
    const error = rootMeanSquare(learned(HOUR, 2200, swing), swing, HOUR);
    expect(error).toBeLessThan(0.2);
  });

  it('invents little where there is none: a week of five-minute bars moves volatility under 8 %', () => {
    const flat = () => 0;
    expect(rootMeanSquare(learned(MINUTE5, 2000, flat), flat, HOUR)).toBeLessThan(0.16);
  });

  it('a crash now and then does not carve an hour out', () => {
    const flat = () => 0;
    expect(rootMeanSquare(learned(HOUR, 2200, flat, 240), flat, HOUR)).toBeLessThan(0.3);
  });

  it('daily bars have no hours, and a return over a gap has more variance', () => {
    const season = new Season(86_400_000, new Float64Array(SEASON_STATE));
    season.reset();
    expect(season.logFactor(0, 1)).toBe(0);
    expect(season.logFactor(12 * HOUR, 1)).toBe(0);
    expect(season.logFactor(0, 4)).toBeCloseTo(0.5 * Math.log(4), 12);
  });

  it('daily bars learn the weekend and no other day, hours learn the whole week', () => {
    const monday = 4 * 24 * HOUR;
    const weekend = (time: number): number => ((time - monday) % (7 * 24 * HOUR) >= 5 * 24 * HOUR ? -0.8 : 0);
    const days = learned(24 * HOUR, 2000, weekend);
    for (let day = 0; day < 5; day++) expect(days.logFactor(monday + day * 24 * HOUR, 1)).toBe(0);
    expect(days.logFactor(monday + 5 * 24 * HOUR, 1)).toBeLessThan(-0.3);
    expect(days.logFactor(monday + 6 * 24 * HOUR, 1)).toBeLessThan(-0.3);
    const weekly = (time: number): number => Math.cos((2 * Math.PI * time) / (7 * 24 * HOUR));
    expect(rootMeanSquare(learned(HOUR, 4000, weekly), weekly, HOUR)).toBeLessThan(0.35);
  });

  it('daily bars still learn what a return over a gap carries', () => {
    const season = new Season(24 * HOUR, new Float64Array(SEASON_STATE));
    season.reset();
    const random = createRandom(5);
    for (let t = 0; t < 2000; t++) {
      const elapsed = t % 5 === 0 ? 3 : 1;
      const ratio = random.normal() ** 2 * Math.exp(-season.logFactor(t, elapsed));
      season.learn(t, elapsed, Math.min(ratio, 9) - 1);
    }
    expect(season.logFactor(0, 1)).toBe(0);
    expect(Math.abs(season.logFactor(0, 3))).toBeLessThan(0.2);
  });
});
