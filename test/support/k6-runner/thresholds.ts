/** Reads thresholds such as "p(99)<1000", "rate<0.01" and "count==0" and judges them. */
import { Counter, registry, Trend } from './metrics.ts';

const FORM = /^(?:p\((\d+(?:\.\d+)?)\)|(rate|count|avg|min|med|max))\s*(<=|>=|==|<|>)\s*(-?\d+(?:\.\d+)?)$/;

const OPERATORS: Record<string, (a: number, b: number) => boolean> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '==': (a, b) => a === b,
};

export function judge(name: string, threshold: string): boolean {
  const [, percentile, value, operator, limit] = FORM.exec(threshold) ?? [];
  if (operator === undefined)
    throw new Error(`${name}: the runner does not know the threshold "${threshold}"`);
  const metric = registry.get(name) ?? new Counter(name);
  if (percentile !== undefined && !(metric instanceof Trend)) throw new Error(`${name} has no percentiles`);
  const actual =
    percentile === undefined
      ? metric.values()[value as string]
      : (metric as Trend).percentile(Number(percentile));
  if (actual === undefined) throw new Error(`${name} has no ${value}`);
  return (OPERATORS[operator] as (a: number, b: number) => boolean)(actual, Number(limit));
}
