/**
 * History of a stored book's risk: one point per portfolio, time, level and horizon.
 * Units: money in the book's currency, times and horizons in milliseconds.
 */
export interface RiskPoint {
  readonly portfolioId: string;
  readonly atMs: number;
  readonly rev: number;
  readonly confidence: number;
  readonly horizonMs: number;
  readonly value: number;
  readonly var: number;
  readonly es: number;
  readonly modelVersion: string;
  readonly lineageId: string;
}

export interface RiskPointFilter {
  readonly portfolioId: string;
  readonly confidence?: number;
  readonly horizonMs?: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
}

export interface RiskPoints {
  keep(points: readonly RiskPoint[]): Promise<void>;
  /** Oldest first. */
  range(filter: RiskPointFilter): Promise<readonly RiskPoint[]>;
}
