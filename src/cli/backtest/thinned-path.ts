/**
 * Long paths for narrow pictures: per pixel column the extremes survive, so a plot of 8,000 forecasts shows
 * every spike with a few hundred points.
 */
export interface Cells {
  /** Index range [from, to) of each cell. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** Middle index of each cell. */
  readonly middle: readonly number[];
}

export function cellsOf(length: number, most: number): Cells {
  const count = Math.max(1, Math.min(length, most));
  const edges = Array.from({ length: count + 1 }, (_, index) => Math.floor((index * length) / count));
  const from = edges.slice(0, -1);
  const to = edges.slice(1);
  return { from, to, middle: from.map((start, index) => (start + to[index]! - 1) / 2) };
}

export function cellMinimum(cells: Cells, path: ArrayLike<number>): number[] {
  return perCell(cells, path, Math.min);
}

export function cellMaximum(cells: Cells, path: ArrayLike<number>): number[] {
  return perCell(cells, path, Math.max);
}

export function cellMean(cells: Cells, path: ArrayLike<number>): number[] {
  return perCell(cells, path, (left, right) => left + right).map(
    (sum, index) => sum / (cells.to[index]! - cells.from[index]!),
  );
}

function perCell(
  cells: Cells,
  path: ArrayLike<number>,
  join: (left: number, right: number) => number,
): number[] {
  return cells.from.map((start, index) => {
    let value = path[start]!;
    for (let t = start + 1; t < cells.to[index]!; t++) value = join(value, path[t]!);
    return value;
  });
}
