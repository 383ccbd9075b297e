/**
 * Live one-step forecasts and their outcomes: written before the outcome is known, scored once after it.
 * Units: `var` and `es` in log return (losses positive), times in epoch milliseconds.
 */
export interface ForecastRow {
  readonly symbol: string;
  readonly intervalMs: number;
  /** Open time of the bar that is forecast; with symbol and interval it names the forecast. */
  readonly openTimeMs: number;
  readonly issuedMs: number;
  readonly modelVersion: string;
  readonly provenance: string;
  readonly confidences: readonly number[];
  readonly var: readonly number[];
  readonly es: readonly number[];
  /** Quantiles of the log return at the ledger's normal scores: what the PIT is read from. */
  readonly law: readonly number[];
}

export interface ForecastOutcome {
  readonly symbol: string;
  readonly intervalMs: number;
  readonly openTimeMs: number;
  readonly scoredMs: number;
  readonly logReturn: number;
  /** Predictive probability of a return no higher than the one seen. */
  readonly pit: number;
}

export interface ScoredForecast extends ForecastRow, ForecastOutcome {}

export interface ForecastFilter {
  readonly symbol?: string;
  readonly intervalMs?: number;
  readonly modelVersion?: string;
  readonly fromMs?: number;
  readonly limit: number;
}

export interface Forecasts {
  /** Durable when it resolves (database or spool). A second forecast of the same bar is ignored. */
  issue(forecasts: readonly ForecastRow[]): Promise<void>;
  /** Durable when it resolves. Only the first outcome of a forecast counts; unknown forecasts are ignored. */
  score(outcomes: readonly ForecastOutcome[]): Promise<void>;
  /** The newest `limit` scored forecasts, oldest first. */
  scored(filter: ForecastFilter): Promise<readonly ScoredForecast[]>;
  /** Forecasts without an outcome, oldest first. */
  open(filter: ForecastFilter): Promise<readonly ForecastRow[]>;
}
