/**
 * Bars the plain way: group trades by minute, look up the price at each second by scanning, average the
 * sub-grids one after the other. The slow twin of domain/market/bar-builder and realised-variance.
 */
import type { Bar } from '../../src/domain/market/bar.ts';

export interface PlainTrade {
  readonly price: number;
  readonly quantity: number;
  readonly fills: number;
  readonly timeUs: number;
}

/** Bars from the first trade's to the last trade's; the first one counts as incomplete. */
export function slowBars(trades: readonly PlainTrade[], intervalMs: number, step: number): Bar[] {
  const lengthUs = intervalMs * 1000;
  const openOf = (timeUs: number) => Math.floor(timeUs / lengthUs) * lengthUs;
  const byOpen = Map.groupBy(trades, ({ timeUs }) => openOf(timeUs));
  const bars: Bar[] = [];
  const firstUs = openOf(trades[0]?.timeUs ?? 0);
  const lastUs = openOf(trades.at(-1)?.timeUs ?? -1);
  let previousClose = trades[0]?.price ?? Number.NaN;
  for (let openUs = firstUs; openUs <= lastUs; openUs += lengthUs) {
    const inside = byOpen.get(openUs) ?? [];
    const prices = inside.map(({ price }) => price);
    const close = prices.at(-1) ?? previousClose;
    bars.push({
      openTimeMs: openUs / 1000,
      intervalMs,
      open: prices[0] ?? previousClose,
      high: Math.max(...(prices.length > 0 ? prices : [previousClose])),
      low: Math.min(...(prices.length > 0 ? prices : [previousClose])),
      close,
      volume: inside.reduce((sum, { quantity }) => sum + quantity, 0),
      trades: inside.reduce((sum, { fills }) => sum + fills, 0),
      realisedVariance: slowVariance(gridOf(inside, previousClose, openUs, intervalMs / 1000), step),
      complete: openUs > firstUs,
    });
    previousClose = close;
  }
  return bars;
}

/** Point i: the last price before open + i seconds. */
function gridOf(inside: readonly PlainTrade[], before: number, openUs: number, seconds: number): number[] {
  return Array.from({ length: seconds + 1 }, (_, second) => {
    const atUs = openUs + second * 1_000_000;
    return Math.log(inside.findLast(({ timeUs }) => timeUs < atUs)?.price ?? before);
  });
}

export function slowVariance(grid: readonly number[], step: number): number {
  const last = grid.length - 1;
  const totals = Array.from({ length: step }, (_, offset) => {
    const inner = grid
      .map((_, point) => point)
      .filter((point) => point > 0 && point < last && point % step === offset % step);
    const points = [...new Set([0, ...inner, last])];
    return points.slice(1).reduce((sum, point, at) => {
      const move = (grid[point] as number) - (grid[points[at] as number] as number);
      return sum + move * move;
    }, 0);
  });
  return totals.reduce((sum, total) => sum + total, 0) / step;
}
