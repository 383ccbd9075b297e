/** A model machine of one slot with normal returns, and a pool whose sandbox answers as the test plants it. */
import { createHash } from 'node:crypto';
import type { TrainingDocument } from '#domain/training/training-job.ts';
import type { ModelMachine } from '#engine/model-machine.ts';
import type { PoolRun, SandboxPool } from '#engine/sandbox-pool-types.ts';
import { createRandom } from '#math/random.ts';
import { normalPdf, normalQuantile } from '#math/special-functions.ts';
import type { SandboxFault } from '#sandbox/training-sandbox.ts';

export const MODEL_ID = 'BTCUSDT:5m';
export const STATE_LENGTH = 16;
export const SIGMA = 0.01;

export interface PlantedMachine extends ModelMachine {
  readonly installs: readonly { readonly version: string; readonly first: number }[];
}

export function plantedMachine(bars = 900): PlantedMachine {
  const random = createRandom(11);
  const logReturn = Float64Array.from({ length: bars }, () => SIGMA * random.normal());
  const installs: { version: string; first: number }[] = [];
  return {
    slots: [
      { modelId: MODEL_ID, symbol: 'BTCUSDT', intervalMs: 300_000, particles: 8, stateLength: STATE_LENGTH },
    ],
    installs,
    installedVersion: () => installs.at(-1)?.version,
    history: () => ({
      intervalMs: 300_000,
      length: bars,
      openTimeMs: logReturn.map((_, at) => at * 300_000),
      logReturn,
      realisedVariance: logReturn.map((value) => value * value),
      elapsedBars: logReturn.map(() => 1),
    }),
    adopt: () => undefined,
    running: () => undefined,
    install(_modelId, version, state) {
      installs.push({ version, first: state[0]! });
      return Promise.resolve();
    },
  };
}

export type PlantedAnswer =
  | { readonly kind: 'result'; readonly scale: number; readonly mark: number }
  | { readonly kind: 'bytes'; readonly body: string }
  | { readonly kind: 'fault'; readonly fault: SandboxFault }
  | { readonly kind: 'wait'; readonly until: Promise<void> };

/** Answers jobs in the order planted; a `wait` holds the job and then answers as the next one says. */
export function plantedPool(answers: PlantedAnswer[]): Pick<SandboxPool, 'submit'> {
  return {
    async submit(job, onProgress) {
      onProgress?.('progress 0.5');
      let answer = answers.shift();
      if (answer?.kind === 'wait') {
        await answer.until;
        answer = answers.shift();
      }
      if (answer === undefined) throw new Error('no answer is planted');
      if (answer.kind === 'fault') return { ok: false, fault: answer.fault };
      if (answer.kind === 'wait') throw new Error('two waits in a row');
      const body =
        answer.kind === 'bytes'
          ? answer.body
          : JSON.stringify(resultOf(job.input, answer.scale, answer.mark));
      const run: PoolRun = {
        result: Buffer.from(body),
        stderrTail: '',
        uploadMs: 1,
        trainMs: 1,
        readMs: 1,
        sandboxId: 'planted',
        attempts: 1,
        queuedMs: 0,
      };
      return { ok: true, value: run };
    },
  };
}

/** A well-formed result whose forecasts take the returns for normal of `scale` times their true size. */
function resultOf(input: Uint8Array, scale: number, mark: number): object {
  const document = JSON.parse(Buffer.from(input).toString()) as TrainingDocument;
  const held = document.logReturn.slice(-document.holdout);
  const sigma = SIGMA * scale;
  const state = new Float64Array(STATE_LENGTH).fill(mark);
  return {
    schema: 1,
    jobId: document.jobId,
    inputSha256: createHash('sha256').update(input).digest('hex'),
    state: Buffer.from(state.buffer).toString('base64'),
    models: [{ model: 'gjr', weight: 1, ess: 900, paretoK: 0.1, logEvidence: 0 }],
    holdout: {
      openTimeMs: document.openTimeMs.slice(-document.holdout),
      logReturn: held,
      pit: held.map(() => 0.5),
      logScore: held.map((value) => -0.5 * (value / sigma) ** 2 - Math.log(sigma)),
      confidences: document.confidences,
      var: document.confidences.map((level) => held.map(() => sigma * normalQuantile(level))),
      es: document.confidences.map((level) =>
        held.map(() => (sigma * normalPdf(normalQuantile(level))) / (1 - level)),
      ),
    },
  };
}
