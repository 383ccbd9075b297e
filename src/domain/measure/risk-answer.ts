/**
 * What is answered. Losses are positive numbers in the account currency; lower <= estimate <= upper.
 * Three uncertainties stay apart: lower/upper is parameter uncertainty within models, modelLower/modelUpper
 * is the spread between models, stdError is the numerical error of our own computation.
 */
import type { Provenance } from '../market/tick.ts';
import type { RiskMethod } from './risk-query.ts';
import type { StressWindow } from './stressed-risk.ts';

export interface RiskEstimate {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
  readonly modelLower: number;
  readonly modelUpper: number;
  readonly stdError: number;
}

export interface Contribution {
  readonly symbol: string;
  readonly exposure: number;
  readonly marginalVar: number;
  readonly componentVar: number;
  readonly componentEs: number;
  /** VaR of the book minus VaR of the book without this symbol. */
  readonly incrementalVar: number;
}

/** A part of the worst outcomes: their mean loss, and what each symbol did to it. */
export interface TailScenario {
  readonly probability: number;
  readonly loss: number;
  /** `return` is the symbol's simple return that gives its `pnl`. */
  readonly items: readonly { readonly symbol: string; readonly return: number; readonly pnl: number }[];
}

/** Whose forecast an answer rests on for one symbol: the models of one bar interval, by weight. */
export interface Voice {
  readonly symbol: string;
  readonly intervalMs: number;
  readonly horizonsMs: readonly number[];
  /** Close of the last bar that this posterior has seen. */
  readonly dataAsOfMs: number;
  readonly weights: readonly { readonly model: string; readonly weight: number }[];
}

export interface RiskResult {
  readonly confidence: number;
  readonly horizonMs: number;
  readonly var: RiskEstimate;
  readonly es: RiskEstimate;
  /** VaR over gross exposure; 0 for an empty book. */
  readonly varRatio: number;
  readonly contributions?: readonly Contribution[];
  /** Worst first; equal probabilities that add up to 1 - confidence, and their mean loss is the ES. */
  readonly tail?: readonly TailScenario[];
  /** Of a stressed answer: the past that it was read from. */
  readonly window?: StressWindow;
}

export type QualityStatus = 'fresh' | 'stale' | 'degraded' | 'insufficient';

export interface GapNotice {
  readonly symbol: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly missingTrades: number;
  readonly reason: string;
}

export interface Quality {
  readonly status: QualityStatus;
  /** Age of the oldest price used, in milliseconds. */
  readonly maxAgeMs: number;
  readonly gaps: readonly GapNotice[];
  readonly excluded: readonly { readonly symbol: string; readonly reason: string }[];
  readonly reasons: readonly string[];
}

export interface ModelIdentity {
  readonly id: string;
  readonly version: string;
  readonly hash: string;
  readonly weights: readonly { readonly model: string; readonly weight: number }[];
}

/** What the compliance rules said when the answer was given. */
export interface ComplianceStamp {
  readonly verdict: 'pass' | 'fail' | 'unknown';
  readonly failing: readonly string[];
  readonly unknown: readonly string[];
}

export interface RiskAnswer {
  readonly asOfMs: number;
  readonly dataAsOfMs: number;
  readonly currency: string;
  /** Net value of the book at the prices used. */
  readonly value: number;
  readonly grossExposure: number;
  readonly results: readonly RiskResult[];
  readonly method: RiskMethod;
  readonly credibleMass: number;
  readonly seed: number;
  readonly model: ModelIdentity;
  readonly provenance: Provenance;
  readonly quality: Quality;
  /** Names everything the numbers depend on: model version, bars, book, options, seed. */
  readonly lineageId: string;
  readonly calcUs: number;
  readonly compliance?: ComplianceStamp;
  readonly voices?: readonly Voice[];
}
