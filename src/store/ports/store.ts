/**
 * The whole store as its users see it: one port per concern, two dialects behind them.
 * Flow: engine -> port -> repository -> SQLite or PostgreSQL.
 */
import type { AuditEntries } from './audit-entries.ts';
import type { ComplianceResults } from './compliance-results.ts';
import type { Forecasts } from './forecasts.ts';
import type { IdempotencyKeys } from './idempotency-keys.ts';
import type { Leases } from './leases.ts';
import type { LineageInputs } from './lineage-inputs.ts';
import type { Lineages } from './lineages.ts';
import type { ModelVersions } from './model-versions.ts';
import type { Portfolios } from './portfolios.ts';
import type { Retention } from './retention.ts';
import type { RiskPoints } from './risk-points.ts';
import type { Tokens } from './tokens.ts';
import type { TrainingJobs } from './training-jobs.ts';

export interface StoreHealth {
  readonly dialect: 'sqlite' | 'postgres';
  /** `spooling`: the database is away, what must be kept goes to the spool. `full`: the spool is full too. */
  readonly status: 'ok' | 'spooling' | 'full' | 'closed';
  readonly spooledRecords: number;
  readonly spooledBytes: number;
  readonly spoolLimitBytes: number;
  /** When the database last answered; 0 where it never did. */
  readonly lastOkMs: number;
  /** The last failure's kind, never its text: texts may carry values. */
  readonly lastError?: string;
}

export interface Store {
  readonly models: ModelVersions;
  readonly jobs: TrainingJobs;
  readonly forecasts: Forecasts;
  readonly compliance: ComplianceResults;
  readonly audit: AuditEntries;
  readonly portfolios: Portfolios;
  readonly riskPoints: RiskPoints;
  readonly tokens: Tokens;
  readonly idempotency: IdempotencyKeys;
  readonly leases: Leases;
  readonly lineages: Lineages;
  readonly lineageInputs: LineageInputs;
  readonly retention: Retention;
  health(): StoreHealth;
  /** Asks the database a trivial question; false (never a throw) where it does not answer in time. */
  ping(): Promise<boolean>;
  close(): Promise<void>;
}
