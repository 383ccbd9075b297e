/** One figure of a bench: a value, the rival measured in the same run, and the bar their ratio must reach. */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly rival: string;
  readonly rivalValue: number;
  /** value / rivalValue. */
  readonly ratio: number;
  /** The bar in words, e.g. "ratio >= 0.6". */
  readonly bar: string;
  readonly met: boolean;
}
