/**
 * What an answer was computed from and what it said, as its lineage record holds it. Exposures and figures are
 * float64 in base64: every bit of them, and an answer that is audited before it leaves waits for no decimals.
 * A record is 40 % shorter for it.
 * Flow: lineage-keeper writes, lineage-replay reads.
 */
import type { Provenance } from '#domain/market/tick.ts';
import type { RiskEstimate, RiskResult } from '#domain/measure/risk-answer.ts';
import { fromBase64, toBase64 } from '#math/float64-base64.ts';
import type { ValueTask } from '#worker/protocol.ts';

const PAYLOAD_SCHEMA = 3;

export interface LineageAnswer {
  readonly provenance: Provenance;
  readonly task: ValueTask;
  /** Ids of the epochs it was read from, one for each interval used. */
  readonly epochs: readonly string[];
  readonly results: readonly RiskResult[];
}

type Besides = Omit<RiskResult, 'confidence' | 'horizonMs' | 'var' | 'es' | 'varRatio'>;

export interface LineagePayload extends Pick<LineageAnswer, 'provenance' | 'epochs'> {
  readonly schema: typeof PAYLOAD_SCHEMA;
  /** Its fields stay in their order: the lineage id is a hash over them. */
  readonly task: Omit<ValueTask, 'exposures'> & { readonly exposures: string };
  /** Of each result confidence, horizon, VaR, ES and VaR ratio. */
  readonly figures: string;
  /** What else each result holds, such as contributions. */
  readonly besides: readonly Besides[];
}

/** The form before: decimals throughout. */
interface PlainPayload extends LineageAnswer {
  readonly schema: 2;
}

const FIGURES_EACH = 15;

export function writeLineage({ provenance, task, epochs, results }: LineageAnswer): LineagePayload {
  const figures = new Float64Array(results.length * FIGURES_EACH);
  const besides = results.map(({ confidence, horizonMs, var: valueAtRisk, es, varRatio, ...rest }, index) => {
    const at = index * FIGURES_EACH;
    figures[at] = confidence;
    figures[at + 1] = horizonMs;
    writeEstimate(figures, at + 2, valueAtRisk);
    writeEstimate(figures, at + 8, es);
    figures[at + 14] = varRatio;
    return rest;
  });
  return {
    schema: PAYLOAD_SCHEMA,
    provenance,
    task: { ...task, exposures: toBase64(Float64Array.from(task.exposures)) },
    epochs,
    figures: toBase64(figures),
    besides,
  };
}

/** Throws on a record of another form. */
export function readLineage(payload: unknown): LineageAnswer {
  const record = payload as LineagePayload | PlainPayload;
  if (record.schema === 2) return record;
  if (record.schema !== PAYLOAD_SCHEMA)
    throw new Error(`a lineage record of form ${(record as { schema: unknown }).schema}`);
  const { provenance, task, epochs, besides } = record;
  const figures = fromBase64(record.figures);
  const results = besides.map((rest, index): RiskResult => {
    const at = index * FIGURES_EACH;
    return {
      confidence: figures[at]!,
      horizonMs: figures[at + 1]!,
      var: readEstimate(figures, at + 2),
      es: readEstimate(figures, at + 8),
      varRatio: figures[at + 14]!,
      ...rest,
    };
  });
  return { provenance, task: { ...task, exposures: [...fromBase64(task.exposures)] }, epochs, results };
}

function writeEstimate(figures: Float64Array, at: number, value: RiskEstimate): void {
  figures[at] = value.estimate;
  figures[at + 1] = value.lower;
  figures[at + 2] = value.upper;
  figures[at + 3] = value.modelLower;
  figures[at + 4] = value.modelUpper;
  figures[at + 5] = value.stdError;
}

function readEstimate(figures: Float64Array, at: number): RiskEstimate {
  return {
    estimate: figures[at]!,
    lower: figures[at + 1]!,
    upper: figures[at + 2]!,
    modelLower: figures[at + 3]!,
    modelUpper: figures[at + 4]!,
    stdError: figures[at + 5]!,
  };
}
