/**
 * One place of the sandbox pool and what is known of its health.
 *
 * States: warming (being made) -> ready <-> busy -> draining (replaced, finishes its job) -> dead.
 * Healthy means: answered a probe lately, and never failed two in a row. `gone` is final at once; no answer
 * counts against the slot only the second time, because one lost packet is no illness.
 *
 * Flow: sandbox-pool -> here. Units: milliseconds.
 */
import type { ProbeVerdict, TrainingSandbox } from '#sandbox/training-sandbox.ts';

export type SlotState = 'warming' | 'ready' | 'busy' | 'draining' | 'dead';

export interface Slot {
  readonly index: number;
  state: SlotState;
  sandbox: TrainingSandbox | undefined;
  failures: number;
  lastHealthyMs: number;
  lastInspectMs: number;
  lastReconcileMs: number;
  jobs: number;
  /** The making of this slot's next sandbox, while it goes on. */
  filling: Promise<void> | undefined;
}

const FAILURES_TO_UNHEALTHY = 2;

export function createSlot(index: number): Slot {
  return {
    index,
    state: 'dead',
    sandbox: undefined,
    failures: 0,
    lastHealthyMs: 0,
    lastInspectMs: 0,
    lastReconcileMs: 0,
    jobs: 0,
    filling: undefined,
  };
}

export function occupy(slot: Slot, sandbox: TrainingSandbox, nowMs: number): void {
  slot.sandbox = sandbox;
  slot.state = 'ready';
  slot.failures = 0;
  slot.jobs = 0;
  slot.lastHealthyMs = nowMs;
  slot.lastInspectMs = nowMs;
  slot.lastReconcileMs = nowMs;
}

/** Takes a probe's verdict in; true when the slot has to be replaced. */
export function recordProbe(slot: Slot, verdict: ProbeVerdict, nowMs: number): boolean {
  if (verdict === 'healthy') {
    slot.failures = 0;
    slot.lastHealthyMs = nowMs;
    return false;
  }
  slot.failures = verdict === 'gone' ? FAILURES_TO_UNHEALTHY : slot.failures + 1;
  return slot.failures >= FAILURES_TO_UNHEALTHY;
}

export function isHealthy(slot: Slot, nowMs: number, freshMs: number): boolean {
  if (slot.state === 'busy') return true;
  return (
    slot.state === 'ready' && slot.failures < FAILURES_TO_UNHEALTHY && nowMs - slot.lastHealthyMs <= freshMs
  );
}
