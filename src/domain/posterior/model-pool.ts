/**
 * The pool: every volatility model there is, in the order of their ids in state and answers, with its prior
 * share. The two that look at several horizons have most, since no single memory fits all markets; the two
 * that cannot return to a level or cannot move at all have least.
 */
import { asymmetricEwma } from './models/asymmetric-ewma.ts';
import { constantScale } from './models/constant-scale.ts';
import { gjr } from './models/gjr.ts';
import { logMultiScale } from './models/log-multi-scale.ts';
import { multiScale } from './models/multi-scale.ts';
import { realisedGjr } from './models/realised-gjr.ts';
import { scoreDriven } from './models/score-driven.ts';
import type { VolatilityModel } from './volatility-model.ts';

interface Member {
  readonly model: VolatilityModel;
  readonly share: number;
}

const MEMBERS: readonly Member[] = [
  { model: gjr, share: 0.06 },
  { model: realisedGjr, share: 0.1 },
  { model: multiScale, share: 0.34 },
  { model: logMultiScale, share: 0.34 },
  { model: scoreDriven, share: 0.1 },
  { model: asymmetricEwma, share: 0.03 },
  { model: constantScale, share: 0.03 },
];

export const MODEL_IDS: readonly string[] = MEMBERS.map(({ model }) => model.id);

function chosen(ids: readonly string[] | undefined): readonly Member[] {
  if (ids === undefined) return MEMBERS;
  return ids.map((id) => {
    const member = MEMBERS.find(({ model }) => model.id === id);
    if (member === undefined) throw new RangeError(`no volatility model is called ${id}`);
    return member;
  });
}

export function poolModels(ids: readonly string[] | undefined): readonly VolatilityModel[] {
  return chosen(ids).map(({ model }) => model);
}

/** Prior weights of the chosen members; they sum to one. */
export function poolShares(ids: readonly string[] | undefined): Float64Array {
  const shares = Float64Array.from(chosen(ids), ({ share }) => share);
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => share / total);
}
