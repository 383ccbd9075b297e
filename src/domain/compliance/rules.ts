/**
 * The Prime Directive as data: what must hold, how it is measured, over which window, and how bad a breach is.
 * Flow: rules + evidence -> evaluate.ts -> verdicts.
 * Units: ratios in [0, 1], accuracy in percent, latency in seconds, windows and ages in milliseconds.
 */
export type RuleId =
  | 'real-data'
  | 'sandbox-health'
  | 'model-accuracy'
  | 'error-rate'
  | 'response-time'
  | 'security'
  | 'availability';

/** `at-least`: measured >= target. `below`: measured < target. */
export type Comparison = 'at-least' | 'below';

export interface ComplianceRule {
  readonly id: RuleId;
  /** Label value in metrics. */
  readonly check: string;
  readonly title: string;
  /** What is measured, in words. */
  readonly measure: string;
  readonly comparison: Comparison;
  readonly target: number;
  readonly unit: 'ratio' | 'percent' | 'seconds' | 'count';
  /** What the measurement looks back on; 0 for the present moment. */
  readonly windowMs: number;
  /** Evidence older than this proves nothing. */
  readonly maxAgeMs: number;
  /** Fewer samples than this prove nothing. */
  readonly leastSamples: number;
  /** A breach goes to the executives. */
  readonly escalates: boolean;
}

const MINUTE = 60_000;
const DAY = 86_400_000;

export const PRIME_DIRECTIVE: readonly ComplianceRule[] = [
  {
    id: 'real-data',
    check: 'real_data',
    title: 'Real market data',
    measure: 'share of followed symbols with a live stream from a Binance host over TLS',
    comparison: 'at-least',
    target: 1,
    unit: 'ratio',
    windowMs: 0,
    maxAgeMs: MINUTE,
    leastSamples: 1,
    escalates: true,
  },
  {
    id: 'sandbox-health',
    check: 'e2b',
    title: 'Training sandboxes operational',
    measure: 'healthy training sandboxes, of three',
    comparison: 'at-least',
    target: 2,
    unit: 'count',
    windowMs: 0,
    maxAgeMs: 5 * MINUTE,
    leastSamples: 1,
    escalates: true,
  },
  {
    id: 'model-accuracy',
    check: 'accuracy',
    title: 'Model accuracy',
    measure: 'calibration accuracy of live one-step forecasts, no tail test rejecting and no alarm raised',
    comparison: 'at-least',
    target: 95,
    unit: 'percent',
    windowMs: 0,
    maxAgeMs: DAY,
    leastSamples: 500,
    escalates: true,
  },
  {
    id: 'error-rate',
    check: 'error_rate',
    title: 'Calculation error rate',
    measure: 'share of VaR calculations that failed in the service',
    comparison: 'below',
    target: 0.01,
    unit: 'ratio',
    windowMs: 5 * MINUTE,
    maxAgeMs: MINUTE,
    leastSamples: 20,
    escalates: true,
  },
  {
    id: 'response-time',
    check: 'performance',
    title: 'Response time',
    measure: '99th percentile of the time to answer a VaR request',
    comparison: 'below',
    target: 1,
    unit: 'seconds',
    windowMs: 5 * MINUTE,
    maxAgeMs: MINUTE,
    leastSamples: 20,
    escalates: true,
  },
  {
    id: 'security',
    check: 'security',
    title: 'Security hardening',
    measure: 'share of hardening probes of the running process that hold',
    comparison: 'at-least',
    target: 1,
    unit: 'ratio',
    windowMs: 0,
    maxAgeMs: 10 * MINUTE,
    leastSamples: 1,
    escalates: true,
  },
  {
    id: 'availability',
    check: 'availability',
    title: 'Availability',
    measure: 'share of VaR requests answered without a server error, as seen by this replica',
    comparison: 'at-least',
    target: 0.9999,
    unit: 'ratio',
    windowMs: 30 * DAY,
    maxAgeMs: MINUTE,
    leastSamples: 100,
    escalates: true,
  },
];
