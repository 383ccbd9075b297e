/**
 * Auditing of risk answers. A share of them gets an entry each, kept before the answer leaves; where the
 * share is below one, all of them go into a digest besides: one entry per window with the count, a hash over
 * every answer in order and some lineage ids, so that any answer can be proven at a hundredth of the rows.
 * No position is ever written: the lineage id names the book without showing it.
 */
import { createHash, type Hash } from 'node:crypto';
import type { RiskAnswer } from '#domain/measure/risk-answer.ts';
import type { AuditTrail } from './audit-trail.ts';

export interface AnswerContext {
  readonly actor: string;
  readonly requestId: string;
}

export interface AnswerAuditOptions {
  readonly trail: AuditTrail;
  /** Share of answers with an entry of their own, in [0, 1]. */
  readonly share: number;
  readonly windowMs?: number;
  /** One lineage id in so many goes into the digest entry. */
  readonly sampleEvery?: number;
  readonly now?: () => number;
  /** An entry or a digest is about to name this answer; it is written once this has settled. */
  readonly onNamed?: (answer: RiskAnswer) => Promise<void>;
  /** Answers whose entry or digest neither database nor spool took. */
  readonly onLost: (answers: number, error: Error) => void;
}

const MAX_SAMPLE = 100;

interface Window {
  readonly hash: Hash;
  readonly fromMs: number;
  answers: number;
  readonly sample: string[];
  readonly named: Promise<void>[];
}

function figures(answer: RiskAnswer): string {
  return JSON.stringify(
    answer.results.map((result) => [
      result.confidence,
      result.horizonMs,
      result.var.estimate,
      result.es.estimate,
    ]),
  );
}

export class AnswerAudit {
  readonly #options: Required<AnswerAuditOptions>;
  #answers = 0;
  #window: Window | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: AnswerAuditOptions) {
    this.#options = {
      windowMs: 1_000,
      sampleEvery: 100,
      now: Date.now,
      onNamed: () => Promise.resolve(),
      ...options,
    };
  }

  /** Resolves when the answer may leave: it is kept, or lost and reported. Answers outlive an outage. */
  async record(answer: RiskAnswer, context: AnswerContext): Promise<void> {
    const { share } = this.#options;
    if (share < 1) this.#gather(answer, context);
    const before = Math.floor(this.#answers * share);
    this.#answers++;
    if (Math.floor(this.#answers * share) === before) return;
    await this.#options.onNamed(answer);
    await this.#each(answer, context).catch((error: Error) => this.#options.onLost(1, error));
  }

  /** Writes what is gathered. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const window = this.#window;
    this.#window = undefined;
    if (window === undefined) return;
    const { trail, now, onLost } = this.#options;
    await Promise.all(window.named);
    const details = {
      answers: window.answers,
      fromMs: window.fromMs,
      toMs: now(),
      sha256: window.hash.digest('hex'),
      lineageIds: window.sample,
    };
    await trail
      .record({
        actor: 'service',
        action: 'var.digest',
        subject: `${window.answers} answers`,
        outcome: 'ok',
        correlationId: `digest-${window.fromMs}`,
        details,
      })
      .catch((error: Error) => onLost(window.answers, error));
  }

  #each(answer: RiskAnswer, { actor, requestId }: AnswerContext): Promise<void> {
    return this.#options.trail.record({
      actor,
      action: 'var.answered',
      subject: answer.lineageId,
      outcome: 'ok',
      correlationId: requestId,
      details: {
        model: `${answer.model.id}/${answer.model.version}`,
        provenance: answer.provenance,
        quality: answer.quality.status,
        dataAsOfMs: answer.dataAsOfMs,
        sha256: createHash('sha256').update(figures(answer)).digest('hex'),
      },
    });
  }

  #gather(answer: RiskAnswer, { actor, requestId }: AnswerContext): void {
    const { windowMs, sampleEvery, now, onNamed } = this.#options;
    this.#window ??= { hash: createHash('sha256'), fromMs: now(), answers: 0, sample: [], named: [] };
    const window = this.#window;
    window.hash.update(`${requestId}\n${actor}\n${answer.lineageId}\n${figures(answer)}\n`);
    if (window.answers % sampleEvery === 0 && window.sample.length < MAX_SAMPLE) {
      window.sample.push(answer.lineageId);
      window.named.push(onNamed(answer));
    }
    window.answers++;
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.flush(), windowMs);
    this.#timer.unref();
  }
}
