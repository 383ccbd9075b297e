/**
 * What crosses between the main thread and the workers: scalars, short lists of them, and shared buffers.
 * Units: milliseconds, exposures in the account currency (signed), losses positive.
 */
import type { Failure } from '#domain/failure.ts';
import type { RiskResult, Voice } from '#domain/measure/risk-answer.ts';
import type { RiskMethod } from '#domain/measure/risk-query.ts';
import type { RiskMemoryBuffers } from '#memory/risk-memory.ts';

/** How posteriors are made; equal in every thread. */
export interface PosteriorPlan {
  readonly particles: number;
  readonly models?: readonly string[];
}

export interface WorkerSetup {
  readonly memory: RiskMemoryBuffers;
  readonly posterior: PosteriorPlan;
}

export interface FitTask {
  readonly intervalIndex: number;
  readonly symbolIndex: number;
  /** The newest bar that the fit may see, so that it does not depend on when it runs. */
  readonly untilMs: number;
}

export interface FitReply {
  readonly observations: number;
  readonly fallbacks: readonly string[];
  /** Per pool member: its weight, its particles that still carry weight, the tail of its importance weights. */
  readonly members: readonly {
    readonly model: string;
    readonly weight: number;
    readonly ess: number;
    readonly paretoK: number;
  }[];
  readonly elapsedMs: number;
}

export interface UpdateTask {
  readonly intervalIndex: number;
  /** Symbols whose spare posterior slot holds a finished fit that waits to be published. */
  readonly fitted: readonly number[];
  /** Symbols whose fit is due: they stay at the bar where it fell due until it is done. */
  readonly held: readonly number[];
}

export interface UpdateReply {
  readonly epoch: number;
  readonly observedBars: number;
  /** Symbols whose posterior asks for a fit, and the bar at which it first did. */
  readonly refits: readonly { readonly symbolIndex: number; readonly untilMs: number }[];
  /** Symbols that could not be brought up to date and stay as they were. */
  readonly failures: readonly { readonly symbolIndex: number; readonly message: string }[];
  readonly elapsedMs: number;
}

export interface ValueTask {
  /** Ascending, without repetition, each with an exposure other than zero. */
  readonly symbols: readonly number[];
  readonly exposures: readonly number[];
  readonly confidences: readonly number[];
  readonly horizonsMs: readonly number[];
  readonly credibleMass: number;
  readonly contributions: boolean;
  readonly method: RiskMethod;
  readonly seed: number;
  /** Absent is false, so that tasks of before keep their lineage. */
  readonly explain?: true;
  /** A second pass where the first is too coarse; it takes several times as long. */
  readonly precise?: true;
}

/** A published epoch that an answer was read from. */
export interface UsedEpoch {
  readonly intervalMs: number;
  readonly epoch: number;
}

export interface ModelStamp {
  readonly hash: string;
  readonly version: string;
  readonly weights: readonly { readonly model: string; readonly weight: number }[];
  /** Close of the last bar that every posterior used has seen. */
  readonly dataAsOfMs: number;
  readonly epochs: readonly UsedEpoch[];
  readonly voices?: readonly Voice[];
}

export interface ValueAnswer {
  readonly ok: true;
  readonly results: readonly RiskResult[];
  readonly stamp: ModelStamp;
  /** Readings thrown away because an epoch was overwritten meanwhile. */
  readonly laps: number;
  readonly elapsedUs: number;
}

export type ValueReply = ValueAnswer | Failure;
