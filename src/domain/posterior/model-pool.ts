/** The pool: every volatility model there is, in the order of their ids in state and answers. */
import { asymmetricEwma } from './models/asymmetric-ewma.ts';
import { constantScale } from './models/constant-scale.ts';
import { gjr, realisedGjr } from './models/gjr.ts';
import { logMultiScale } from './models/log-multi-scale.ts';
import { multiScale } from './models/multi-scale.ts';
import { scoreDriven } from './models/score-driven.ts';
import type { VolatilityModel } from './volatility-model.ts';

const MODELS: readonly VolatilityModel[] = [
  gjr,
  realisedGjr,
  multiScale,
  logMultiScale,
  scoreDriven,
  asymmetricEwma,
  constantScale,
];

export const MODEL_IDS: readonly string[] = MODELS.map((model) => model.id);

export function poolModels(ids: readonly string[] | undefined): readonly VolatilityModel[] {
  if (ids === undefined) return MODELS;
  return ids.map((id) => {
    const model = MODELS.find((candidate) => candidate.id === id);
    if (model === undefined) throw new RangeError(`no volatility model is called ${id}`);
    return model;
  });
}
