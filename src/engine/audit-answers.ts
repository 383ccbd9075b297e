/**
 * Auditing of risk answers. A share of them gets an entry each, kept before the answer leaves; where the
 * share is below one, all of them go into a digest besides: one entry per window with the count, a hash over
 * every answer in order and some lineage ids, so that any answer can be proven at a hundredth of the rows.
 * No position is ever written: the lineage id names the book without showing it.
 */
import { createHash, type Hash, hash } from 'node:crypto';
import type { RiskAnswer } from '#domain/measure/risk-answer.ts';
import type { LineageRecord } from '#store/ports/lineages.ts';
import type { AuditDraft, AuditTrail } from './audit-trail.ts';

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
  /** Where what an answer was computed from is to be had; without it entries name what nobody can look up. */
  readonly lineage?: LineageSource;
  /** Answers whose entry or digest neither database nor spool took. */
  readonly onLost: (answers: number, error: Error) => void;
}

/** What the entries of answers take from the lineage keeper. */
export interface LineageSource {
  /** Settles when all that the record stands on is durable; undefined where it is kept already, or lost and reported. */
  named(lineageId: string): Promise<LineageRecord | undefined>;
  /** The records are durable. */
  kept(lineageIds: readonly string[]): void;
}

const MAX_SAMPLE = 100;

interface Window {
  readonly hash: Hash;
  readonly fromMs: number;
  answers: number;
  readonly sample: string[];
  readonly named: Promise<LineageRecord | undefined>[];
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

function entryOf(answer: RiskAnswer, { actor, requestId }: AnswerContext): AuditDraft {
  return {
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
      sha256: hash('sha256', figures(answer)),
    },
  };
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
      lineage: { named: () => Promise.resolve(undefined), kept: () => undefined },
      ...options,
    };
  }

  /**
   * Resolves when the answer may leave: it is kept, or lost and reported. Answers outlive an outage. False
   * where it leaves without the entry it should have; whether a digest is kept shows only later.
   */
  async record(answer: RiskAnswer, context: AnswerContext): Promise<boolean> {
    const { share } = this.#options;
    if (share < 1) this.#gather(answer, context);
    const before = Math.floor(this.#answers * share);
    this.#answers++;
    if (Math.floor(this.#answers * share) === before) return true;
    const found = await this.#options.lineage.named(answer.lineageId);
    return this.#keep(entryOf(answer, context), found === undefined ? [] : [found], 1);
  }

  /** Writes what is gathered. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const window = this.#window;
    this.#window = undefined;
    if (window === undefined) return;
    const lineages = (await Promise.all(window.named)).filter((record) => record !== undefined);
    const details = {
      answers: window.answers,
      fromMs: window.fromMs,
      toMs: this.#options.now(),
      sha256: window.hash.digest('hex'),
      lineageIds: window.sample,
    };
    const digest: AuditDraft = {
      actor: 'service',
      action: 'var.digest',
      subject: `${window.answers} answers`,
      outcome: 'ok',
      correlationId: `digest-${window.fromMs}`,
      details,
    };
    await this.#keep(digest, lineages, window.answers);
  }

  async #keep(draft: AuditDraft, lineages: readonly LineageRecord[], answers: number): Promise<boolean> {
    const { trail, lineage, onLost } = this.#options;
    try {
      await trail.record({ ...draft, lineages });
      if (lineages.length > 0) lineage.kept(lineages.map(({ id }) => id));
      return true;
    } catch (error) {
      onLost(answers, error as Error);
      return false;
    }
  }

  #gather(answer: RiskAnswer, { actor, requestId }: AnswerContext): void {
    const { windowMs, sampleEvery, now, lineage } = this.#options;
    this.#window ??= { hash: createHash('sha256'), fromMs: now(), answers: 0, sample: [], named: [] };
    const window = this.#window;
    window.hash.update(`${requestId}\n${actor}\n${answer.lineageId}\n${figures(answer)}\n`);
    if (window.answers % sampleEvery === 0 && window.sample.length < MAX_SAMPLE) {
      window.sample.push(answer.lineageId);
      window.named.push(lineage.named(answer.lineageId));
    }
    window.answers++;
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.flush(), windowMs);
    this.#timer.unref();
  }
}
