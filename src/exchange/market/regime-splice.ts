/**
 * Changes volatility in the middle of a root bar: the minutes already traded stay, the rest of the path is
 * stretched about the price it starts from.
 *   p' = p0 (p / p0)^k   for every price p from then on, k = new scale / old scale
 * The map rises with p, so open, high, low and close keep their order; volumes and ids do not change.
 * Units: ticks; times in milliseconds.
 */
import type { BarNode } from './bar-node.ts';

export function stretchMinutes(minutes: readonly BarNode[], fromMs: number, factor: number): BarNode[] {
  const pivot = minutes.find((minute) => minute.openMs >= fromMs)?.open;
  if (pivot === undefined) return [...minutes];
  const stretch = (price: number) => Math.max(1, Math.round(pivot * (price / pivot) ** factor));
  return minutes.map((minute) =>
    minute.openMs < fromMs
      ? minute
      : {
          ...minute,
          open: stretch(minute.open),
          high: stretch(minute.high),
          low: stretch(minute.low),
          close: stretch(minute.close),
          diffusion: Math.max(1, minute.diffusion * factor),
          jump: Math.round(minute.jump * factor),
        },
  );
}

/** One bar out of the consecutive bars it is made of. */
export function joinBars(bars: readonly BarNode[]): BarNode {
  const first = bars[0]!;
  const total = (pick: (bar: BarNode) => number) => bars.reduce((sum, bar) => sum + pick(bar), 0);
  return {
    ...first,
    intervalMs: total((bar) => bar.intervalMs),
    high: Math.max(...bars.map((bar) => bar.high)),
    low: Math.min(...bars.map((bar) => bar.low)),
    close: bars.at(-1)!.close,
    volume: total((bar) => bar.volume),
    takerBuy: total((bar) => bar.takerBuy),
    trades: total((bar) => bar.trades),
    aggregates: total((bar) => bar.aggregates),
    diffusion: Math.sqrt(total((bar) => bar.diffusion ** 2)),
    jump: total((bar) => bar.jump),
  };
}
