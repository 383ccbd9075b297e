/**
 * Why a book's VaR changed: the stored points from then to now, walked pair by pair. A pair over which the book
 * changed is the positions' doing, one over which the fitted models changed (a refit, a promotion) is the
 * models', one with neither is the market's; a pair with both cannot be told apart and is said to be mixed.
 * The parts sum to the whole exactly. A pair that is given to positions or models also holds what the market
 * did between its two points, so the points' spacing is the method's precision.
 * Flow: portfolio-recorder -> here -> http /var/explain. Units: losses positive in the book's currency.
 */
import type { RiskPoint } from '#store/ports/risk-points.ts';

export interface RiskChange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly from: number;
  readonly to: number;
  readonly total: number;
  readonly data: number;
  readonly position: number;
  readonly model: number;
  readonly mixed: number;
  /** Points that were compared. */
  readonly points: number;
}

/** Points of one book, level and horizon, oldest first; undefined where there are not two. */
export function explainChange(points: readonly RiskPoint[]): RiskChange | undefined {
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined || points.length < 2) return undefined;
  const parts = { data: 0, position: 0, model: 0, mixed: 0 };
  for (let i = 1; i < points.length; i++) {
    const [before, after] = [points[i - 1]!, points[i]!];
    const moved = before.rev !== after.rev;
    const fitted = before.modelVersion !== after.modelVersion;
    const cause = moved ? (fitted ? 'mixed' : 'position') : fitted ? 'model' : 'data';
    parts[cause] += after.var - before.var;
  }
  const { var: from, atMs: fromMs } = first;
  const { var: to, atMs: toMs } = last;
  return { fromMs, toMs, from, to, total: to - from, ...parts, points: points.length };
}
