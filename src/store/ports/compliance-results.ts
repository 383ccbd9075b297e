/** Verdicts of the compliance rules over time. A row is written where a verdict changes. Times in epoch ms. */
export interface ComplianceTransition {
  readonly id: string;
  readonly rule: string;
  readonly instance: string;
  readonly atMs: number;
  readonly from: string;
  readonly to: string;
  readonly actual: number | undefined;
  readonly target: number;
  /** Canonical JSON of the evidence. */
  readonly evidence: string;
  readonly escalated: boolean;
}

export interface TransitionFilter {
  readonly rule?: string;
  readonly to?: string;
  readonly sinceMs?: number;
  readonly limit: number;
  /** Newest first; transitions strictly older than this one. */
  readonly before?: { readonly atMs: number; readonly id: string };
}

export interface ComplianceResults {
  record(transition: ComplianceTransition): Promise<void>;
  list(filter: TransitionFilter): Promise<readonly ComplianceTransition[]>;
}
