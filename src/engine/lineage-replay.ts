/**
 * Computes an audited answer again from its lineage id: the bases of its epochs are put in place, see the same
 * bars, are published by the same code, and the same task is asked of them. No thread, no feed, no clock.
 *
 * Flow: store/lineages, store/lineage-inputs -> memory, worker/inference, worker/book-valuer -> verdict.
 */
import type { RiskResult } from '#domain/measure/risk-answer.ts';
import { MODEL_IDS } from '#domain/posterior/model-pool.ts';
import { viewImage } from '#memory/model-image.ts';
import { HASH_BYTES } from '#memory/publication.ts';
import { allocateRiskMemory, attachRiskMemory, type RiskMemory } from '#memory/risk-memory.ts';
import type { LineageInputs } from '#store/ports/lineage-inputs.ts';
import type { Lineages } from '#store/ports/lineages.ts';
import { createBookValuer } from '#worker/book-valuer.ts';
import { createInference } from '#worker/inference.ts';
import { placeState } from '#worker/posterior-access.ts';
import { readLineage } from './lineage-payload.ts';
import { baseId, type EpochRecipe, RECIPE_SCHEMA, readBars, recipeId } from './lineage-record.ts';
import { lineageIdOf } from './valuation-book.ts';
import { valuationPlan } from './valuation-plan.ts';

export interface Recomputation {
  /** True where the lineage id and every figure came out again to the last bit. */
  readonly same: boolean;
  readonly lineageId: string;
  readonly recomputedId: string;
  readonly kept: readonly RiskResult[];
  readonly recomputed: readonly RiskResult[];
}

/** Throws where the record or something it stands on is not kept, or was changed. */
export async function recompute(
  lineageId: string,
  { lineages, inputs }: { readonly lineages: Lineages; readonly inputs: LineageInputs },
): Promise<Recomputation> {
  const record = await lineages.get(lineageId);
  if (record === undefined) throw new Error(`no lineage record is kept under ${lineageId}`);
  const { provenance, task, epochs, results: kept } = readLineage(record.payload);
  const recipes: EpochRecipe[] = [];
  for (const id of epochs) recipes.push(await readRecipe(inputs, id));
  const { plan } = recipes[0]!;
  const memory = attachRiskMemory(allocateRiskMemory(valuationPlan(plan)));
  for (const recipe of recipes) await publishEpoch(memory, recipe, inputs);
  const posterior = {
    particles: plan.particles,
    ...(plan.models === undefined ? {} : { models: plan.models }),
  };
  const reply = createBookValuer(memory, posterior, plan.models ?? MODEL_IDS).value(task);
  if (!reply.ok) throw new Error(`the answer could not be computed again: ${reply.message}`);
  const recomputedId = lineageIdOf(reply.stamp, provenance, task);
  const { results: recomputed } = reply;
  return {
    same: recomputedId === lineageId && JSON.stringify(kept) === JSON.stringify(recomputed),
    lineageId,
    recomputedId,
    kept,
    recomputed,
  };
}

async function readRecipe(inputs: LineageInputs, id: string): Promise<EpochRecipe> {
  const epoch = await inputs.epoch(id);
  if (epoch === undefined) throw new Error(`the epoch ${id} is not kept`);
  if (recipeId(epoch.recipe) !== id) throw new Error(`the kept epoch ${id} was changed`);
  const recipe = JSON.parse(epoch.recipe) as EpochRecipe;
  if (recipe.schema !== RECIPE_SCHEMA) throw new Error(`an epoch recipe of form ${recipe.schema}`);
  return recipe;
}

async function publishEpoch(memory: RiskMemory, recipe: EpochRecipe, inputs: LineageInputs): Promise<void> {
  const { instance, plan, intervalMs, symbols } = recipe;
  const intervalIndex = memory.plan.intervals.findIndex((interval) => interval.intervalMs === intervalMs);
  const { history, publication, scores } = memory.intervals[intervalIndex]!;
  const fitted: number[] = [];
  for (const [symbolIndex, stood] of symbols.entries()) {
    if (stood === null) continue;
    const base = await inputs.base(stood.base);
    if (base === undefined) throw new Error(`the model state ${stood.base} is not kept`);
    if (baseId(base.image, base.bars) !== stood.base)
      throw new Error(`the kept model state ${stood.base} was changed`);
    const image = viewImage(new Float64Array(base.image.buffer));
    placeState(memory, intervalIndex, symbolIndex, image.state);
    scores.copyIn(symbolIndex, image.scoreTimes, image.scores);
    const before = readBars(base.bars);
    const since = await inputs.bars({
      instance,
      symbol: plan.symbols[symbolIndex]!,
      intervalMs,
      afterMs: before.at(-1)!.openTimeMs,
      untilMs: stood.lastOpenTimeMs,
    });
    for (const bar of [...before, ...since]) history.append(symbolIndex, bar);
    if (history.lastOpenTimeMs(symbolIndex) !== stood.lastOpenTimeMs)
      throw new Error(`the bars of ${plan.symbols[symbolIndex]} up to the answer are not all kept`);
    fitted.push(symbolIndex);
  }
  const particles = {
    particles: plan.particles,
    ...(plan.models === undefined ? {} : { models: plan.models }),
  };
  const inference = createInference(memory, particles);
  inference.update({ intervalIndex, fitted, held: [] });
  // A symbol halts where a fit falls due; where that fit failed the service went on without it.
  while (inference.update({ intervalIndex, fitted: [], held: [] }).observedBars > 0);
  const { fitHash, lastOpenTimeMs } = publication.slot(publication.epoch());
  for (const [symbolIndex, stood] of symbols.entries()) {
    if (stood === null) continue;
    if (lastOpenTimeMs[symbolIndex] !== stood.lastOpenTimeMs)
      throw new Error(`${plan.symbols[symbolIndex]} does not come to the bar that the answer stood on`);
    // Fits are named, not repeated: the base may have seen bars that came after its fit.
    fitHash.set(Buffer.from(stood.fit, 'hex'), symbolIndex * HASH_BYTES);
  }
}
