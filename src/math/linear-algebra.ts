/**
 * Small dense linear algebra on flat row-major arrays; callers own every buffer.
 * Shapes: matrices are n x n in a Float64Array of n * n; vectors have n entries.
 */

/** Lower Cholesky factor in place (upper triangle zeroed); false, with `a` spoilt, where not positive. */
export function choleskyInPlace(a: Float64Array, n: number): boolean {
  for (let row = 0; row < n; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = a[row * n + column]!;
      for (let k = 0; k < column; k++) sum -= a[row * n + k]! * a[column * n + k]!;
      if (row === column) {
        if (!(sum > 0)) return false;
        a[row * n + row] = Math.sqrt(sum);
      } else a[row * n + column] = sum / a[column * n + column]!;
    }
    for (let column = row + 1; column < n; column++) a[row * n + column] = 0;
  }
  return true;
}

/** Solves L x = b for lower-triangular L; `out` may be `b`. */
export function solveLower(l: Float64Array, n: number, b: Float64Array, out: Float64Array): void {
  for (let row = 0; row < n; row++) {
    let sum = b[row]!;
    for (let k = 0; k < row; k++) sum -= l[row * n + k]! * out[k]!;
    out[row] = sum / l[row * n + row]!;
  }
}

/** Solves L' x = b, the transpose of a lower-triangular L; `out` may be `b`. */
export function solveUpper(l: Float64Array, n: number, b: Float64Array, out: Float64Array): void {
  for (let row = n - 1; row >= 0; row--) {
    let sum = b[row]!;
    for (let k = row + 1; k < n; k++) sum -= l[k * n + row]! * out[k]!;
    out[row] = sum / l[row * n + row]!;
  }
}

/** out = A x for an `rows` x `columns` matrix; `out` may not be `x`. */
export function multiply(
  a: Float64Array,
  rows: number,
  columns: number,
  x: Float64Array,
  out: Float64Array,
): void {
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    const start = row * columns;
    for (let k = 0; k < columns; k++) sum += a[start + k]! * x[k]!;
    out[row] = sum;
  }
}

/** out = L x for lower-triangular L, skipping the zeros; `out` may not be `x`. */
export function multiplyLower(l: Float64Array, n: number, x: Float64Array, out: Float64Array): void {
  for (let row = 0; row < n; row++) {
    let sum = 0;
    for (let k = 0; k <= row; k++) sum += l[row * n + k]! * x[k]!;
    out[row] = sum;
  }
}
