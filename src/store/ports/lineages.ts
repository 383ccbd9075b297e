/**
 * What an answer depended on, by its lineage id, so that the number can be computed again. The payload is
 * the engine's own record (query, model versions, bar times, seed) and is encrypted at rest: it holds a book.
 */
export interface LineageRecord {
  readonly id: string;
  readonly atMs: number;
  readonly modelVersion: string;
  /** Whatever JSON can hold. */
  readonly payload: unknown;
}

/** Written with the audit entries that name them; a second record under the same id is ignored. */
export interface Lineages {
  get(id: string): Promise<LineageRecord | undefined>;
}
