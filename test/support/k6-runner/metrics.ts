/**
 * The metric kinds of the k6-compatible runner, and the registry that thresholds and summaries read.
 * Units: trends in milliseconds where they are times.
 */
import { orderStatistic } from './percentile.ts';

export type Values = Record<string, number>;

abstract class Metric {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
    registry.set(name, this);
  }

  abstract values(): Values;
}

export const registry = new Map<string, Metric>();

export class Counter extends Metric {
  #count = 0;

  add(value: number): void {
    this.#count += value;
  }

  values(): Values {
    return { count: this.#count };
  }
}

export class Rate extends Metric {
  #hits = 0;
  #all = 0;

  add(value: boolean | number): void {
    this.#all += 1;
    if (value) this.#hits += 1;
  }

  values(): Values {
    return {
      rate: this.#all === 0 ? 0 : this.#hits / this.#all,
      passes: this.#hits,
      fails: this.#all - this.#hits,
    };
  }
}

export class Trend extends Metric {
  readonly #samples: number[] = [];

  add(value: number): void {
    this.#samples.push(value);
  }

  percentile(p: number): number {
    return orderStatistic(this.#samples, p / 100);
  }

  values(): Values {
    const all = this.#samples;
    return {
      avg: all.length === 0 ? 0 : all.reduce((sum, value) => sum + value, 0) / all.length,
      min: this.percentile(0),
      med: this.percentile(50),
      max: this.percentile(100),
      'p(90)': this.percentile(90),
      'p(95)': this.percentile(95),
      'p(99)': this.percentile(99),
    };
  }
}
