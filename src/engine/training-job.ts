/**
 * One training job, from the running model's past to a judged challenger: build the document, run it in a
 * sandbox, refuse what is not sane, keep the version, pass it through the gates.
 *
 * Flow: retraining -> here -> sandbox pool -> domain/training -> model-registry.
 */
import { createHash, randomUUID } from 'node:crypto';
import { type IssuedForecasts, promotionGates } from '#domain/training/promotion-gates.ts';
import { TRAINING_SCHEMA, type TrainingDocument } from '#domain/training/training-job.ts';
import { parseTrainingResult } from '#domain/training/training-result.ts';
import { normalQuantile } from '#math/special-functions.ts';
import { imageOf } from '#memory/model-image.ts';
import type { ModelMachine, ModelSlot } from './model-machine.ts';
import type { ModelRegistry } from './model-registry.ts';
import type { SandboxPool } from './sandbox-pool-types.ts';

export interface TrainingSettings {
  /** Most observations a job carries, the holdout included. */
  readonly windowBars: number;
  readonly holdoutBars: number;
  readonly confidences: readonly number[];
}

export interface TrainingDeps {
  readonly machine: ModelMachine;
  readonly registry: ModelRegistry;
  readonly pool: Pick<SandboxPool, 'submit'>;
  readonly settings: TrainingSettings;
  /** The champion's own forecasts for these bars, as they were issued; undefined where there are none. */
  readonly issuedForecasts: (
    slot: ModelSlot,
    openTimesMs: readonly number[],
  ) => Promise<IssuedForecasts | undefined>;
}

export interface JudgedChallenger {
  readonly version: string;
  readonly promote: boolean;
  readonly facts: Readonly<Record<string, unknown>>;
}

export type JobOutcome =
  | { readonly ok: true; readonly challenger: JudgedChallenger }
  | { readonly ok: false; readonly reason: string; readonly retryable: boolean };

export async function runTrainingJob(
  deps: TrainingDeps,
  slot: ModelSlot,
  seed: number,
  onProgress: (share: number) => void,
  signal?: AbortSignal,
): Promise<JobOutcome> {
  const { machine, registry, pool, settings } = deps;
  const document = trainingDocument(machine, slot, settings, seed);
  if (document === undefined) return { ok: false, reason: 'too little history', retryable: false };
  const input = Buffer.from(JSON.stringify(document));
  const run = await pool.submit(
    { id: document.jobId, input },
    (line) => reportShare(line, onProgress),
    signal,
  );
  if (!run.ok)
    return { ok: false, reason: `${run.fault.kind}: ${run.fault.message}`, retryable: run.fault.retryable };

  const holdoutTimes = document.openTimeMs.slice(-document.holdout);
  const result = parseTrainingResult(parseJson(run.value.result), {
    jobId: document.jobId,
    inputSha256: createHash('sha256').update(input).digest('hex'),
    stateLength: slot.stateLength,
    holdoutTimes,
    confidences: settings.confidences,
  });
  if (typeof result === 'string') return { ok: false, reason: `result refused: ${result}`, retryable: false };
  const state = decodeState(result.state, slot.stateLength);
  if (state === undefined)
    return { ok: false, reason: 'result refused: the state holds NaN', retryable: false };

  const issued = await deps.issuedForecasts(slot, holdoutTimes);
  const { promote, gates } = promotionGates(result.holdout, result.models, issued);
  const facts = {
    seed,
    observations: document.logReturn.length,
    fromMs: document.openTimeMs[0],
    toMs: document.openTimeMs.at(-1),
    holdout: document.holdout,
    models: result.models,
    gates,
    sandbox: { id: run.value.sandboxId, trainMs: run.value.trainMs, attempts: run.value.attempts },
  };
  const { openTimeMs, pit } = result.holdout;
  const image = imageOf(state, slot.intervalMs, openTimeMs, pit.map(normalScore));
  const kept = await registry.add(slot.modelId, image, promote ? 'challenger' : 'rejected', facts);
  return { ok: true, challenger: { version: kept.version, promote, facts } };
}

/** The score of a forecast, kept off infinity. */
function normalScore(pit: number): number {
  return normalQuantile(Math.min(1 - 1e-12, Math.max(1e-12, pit)));
}

function trainingDocument(
  machine: ModelMachine,
  slot: ModelSlot,
  settings: TrainingSettings,
  seed: number,
): TrainingDocument | undefined {
  const history = machine.history(slot.modelId);
  const from = Math.max(0, (history?.length ?? 0) - settings.windowBars);
  const length = (history?.length ?? 0) - from;
  if (history === undefined || length < settings.holdoutBars * 2) return undefined;
  const cut = (values: Float64Array) => Array.from(values.subarray(from, history.length));
  return {
    schema: TRAINING_SCHEMA,
    jobId: randomUUID(),
    symbol: slot.symbol,
    intervalMs: slot.intervalMs,
    particles: slot.particles,
    seed,
    holdout: settings.holdoutBars,
    confidences: settings.confidences,
    openTimeMs: cut(history.openTimeMs),
    logReturn: cut(history.logReturn),
    realisedVariance: cut(history.realisedVariance).map((value) => (Number.isNaN(value) ? null : value)),
    elapsedBars: cut(history.elapsedBars),
  };
}

/** Little-endian float64; a state may hold infinities (empty log weights) but never NaN. */
function decodeState(base64: string, length: number): Float64Array | undefined {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.byteLength !== length * 8) return undefined;
  const state = new Float64Array(length);
  new Uint8Array(state.buffer).set(bytes);
  return state.some(Number.isNaN) ? undefined : state;
}

function reportShare(text: string, onProgress: (share: number) => void): void {
  const share = Number(/progress (\d(?:\.\d+)?)\s*$/.exec(text.trim())?.[1]);
  if (share >= 0 && share <= 1) onProgress(share);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
