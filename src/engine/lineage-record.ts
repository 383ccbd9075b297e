/**
 * What a lineage record leads to, and the names by which it does: the recipes of the epochs that an answer was
 * read from, and the bases and bars that they name.
 * Flow: lineage-keeper writes, lineage-replay reads. Shapes: JSON; both sides check the version.
 */
import { createHash } from 'node:crypto';
import type { Bar } from '#domain/market/bar.ts';
import type { ValuationPlanOptions } from './valuation-plan.ts';

export const RECIPE_SCHEMA = 2;

/** What one symbol stood on in an epoch. */
export interface StandingSymbol {
  readonly base: string;
  /** SHA-256 of the state as fitted or installed: it may have seen bars before it was first published. */
  readonly fit: string;
  /** Of the last bar seen. */
  readonly lastOpenTimeMs: number;
}

export interface EpochRecipe {
  readonly schema: typeof RECIPE_SCHEMA;
  readonly instance: string;
  readonly plan: ValuationPlanOptions;
  readonly intervalMs: number;
  /** By symbol index; null where the symbol had no posterior. */
  readonly symbols: readonly (StandingSymbol | null)[];
}

export function recipeId(recipe: string): string {
  return createHash('sha256').update(recipe).digest('hex');
}

export function baseId(image: Uint8Array, bars: string): string {
  return createHash('sha256').update(image).update(bars).digest('hex');
}

/** NaN has no JSON: an unknown realised variance becomes null. */
export function writeBars(bars: readonly Bar[]): string {
  return JSON.stringify(bars);
}

export function readBars(text: string): Bar[] {
  return (JSON.parse(text) as (Omit<Bar, 'realisedVariance'> & { realisedVariance: number | null })[]).map(
    (bar) => ({ ...bar, realisedVariance: bar.realisedVariance ?? Number.NaN }),
  );
}
