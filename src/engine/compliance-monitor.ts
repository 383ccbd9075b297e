/**
 * Watches the Prime Directive: asks every source for evidence at a steady pace, judges it, and tells every
 * change of verdict to the log, the audit trail, the metrics and whoever listens.
 * Flow: evidence sources -> domain/compliance -> here -> store, audit, events, metrics, http, enforcement.
 * Units: times in epoch milliseconds.
 */
import { randomUUID } from 'node:crypto';
import {
  type Evidence,
  evaluate,
  noEvidence,
  overall,
  type RuleVerdict,
  type Verdict,
} from '#domain/compliance/evaluate.ts';
import type { ComplianceRule, RuleId } from '#domain/compliance/rules.ts';
import type { ComplianceResults, ComplianceTransition } from '#store/ports/compliance-results.ts';
import { canonicalJson } from './audit-chain.ts';
import type { AuditTrail } from './audit-trail.ts';

export type EvidenceSource = (nowMs: number) => Evidence | Promise<Evidence>;

export interface StandingVerdict extends RuleVerdict {
  /** Since when the verdict has been this one. */
  readonly sinceMs: number;
}

export interface ComplianceStatus {
  readonly verdict: Verdict;
  readonly enforced: boolean;
  /** A rule that goes to the executives is broken. */
  readonly executiveEscalation: boolean;
  readonly evaluatedMs: number;
  readonly instance: string;
  readonly rules: readonly StandingVerdict[];
}

export interface MonitorMetrics {
  /** 1 or 0; nothing at all where the verdict is unknown. */
  status(check: string, value: 1 | 0 | undefined): void;
  violation(check: string): void;
}

export interface ComplianceMonitorOptions {
  readonly rules: readonly ComplianceRule[];
  /** A rule without a source stays unknown. */
  readonly sources: Partial<Readonly<Record<RuleId, EvidenceSource>>>;
  readonly results: ComplianceResults;
  readonly trail: AuditTrail;
  readonly instance: string;
  readonly enforce: boolean;
  readonly intervalMs?: number;
  /** Longest wait for one source. */
  readonly deadlineMs?: number;
  readonly now?: () => number;
  readonly metrics?: MonitorMetrics;
  readonly onTransition?: (transition: ComplianceTransition, rule: ComplianceRule) => void;
}

interface Untold {
  readonly transition: ComplianceTransition;
  stored: boolean;
  audited: boolean;
}

/** Transitions that wait while neither store nor spool takes them. */
const MAX_UNTOLD = 1_000;

export class ComplianceMonitor {
  readonly #options: Required<Omit<ComplianceMonitorOptions, 'metrics' | 'onTransition'>> &
    Pick<ComplianceMonitorOptions, 'metrics' | 'onTransition'>;
  #standing: Map<RuleId, StandingVerdict>;
  #evaluatedMs: number;
  #untold: Untold[] = [];
  #telling: Promise<void> = Promise.resolve();
  #round: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ComplianceMonitorOptions) {
    this.#options = { intervalMs: 5_000, deadlineMs: 2_000, now: Date.now, ...options };
    const nowMs = this.#options.now();
    this.#evaluatedMs = nowMs;
    this.#standing = new Map(
      options.rules.map((rule) => [
        rule.id,
        { ...evaluate(rule, noEvidence(nowMs, 'not evaluated yet'), nowMs), sinceMs: nowMs },
      ]),
    );
  }

  get rules(): readonly ComplianceRule[] {
    return this.#options.rules;
  }

  start(): void {
    const again = (): void => {
      this.#timer = setTimeout(async () => {
        await this.evaluate();
        if (this.#timer !== undefined) again();
      }, this.#options.intervalMs);
      this.#timer.unref();
    };
    again();
  }

  /** One round; concurrent callers share it. Never rejects. */
  evaluate(): Promise<void> {
    this.#round ??= this.#evaluate().finally(() => {
      this.#round = undefined;
    });
    return this.#round;
  }

  verdict(id: RuleId): Verdict {
    return this.#standing.get(id)?.verdict ?? 'unknown';
  }

  status(): ComplianceStatus {
    const { enforce, instance, rules } = this.#options;
    const standing = [...this.#standing.values()];
    const broken = new Set(standing.filter(({ verdict }) => verdict === 'fail').map(({ rule }) => rule));
    return {
      verdict: overall(standing),
      enforced: enforce,
      executiveEscalation: rules.some(({ id, escalates }) => escalates && broken.has(id)),
      evaluatedMs: this.#evaluatedMs,
      instance,
      rules: standing,
    };
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#round;
    await this.#telling;
  }

  async #evaluate(): Promise<void> {
    const { rules, now, metrics } = this.#options;
    const evidence = await Promise.all(rules.map(({ id }) => this.#evidence(id)));
    const nowMs = now();
    for (const [index, rule] of rules.entries()) {
      const former = this.#standing.get(rule.id) as StandingVerdict;
      const found = evaluate(rule, evidence[index] as Evidence, nowMs);
      const changed = found.verdict !== former.verdict;
      this.#standing.set(rule.id, { ...found, sinceMs: changed ? nowMs : former.sinceMs });
      metrics?.status(rule.check, found.verdict === 'unknown' ? undefined : found.verdict === 'pass' ? 1 : 0);
      if (changed) this.#changed(rule, former.verdict, found, nowMs);
    }
    this.#evaluatedMs = nowMs;
    this.#telling = this.#tell();
    await this.#telling;
  }

  async #evidence(id: RuleId): Promise<Evidence> {
    const { sources, now, deadlineMs } = this.#options;
    const source = sources[id];
    if (source === undefined) return noEvidence(now(), 'nothing measures this here');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Evidence>((resolve) => {
      timer = setTimeout(() => resolve(noEvidence(now(), 'the source did not answer in time')), deadlineMs);
    });
    try {
      return await Promise.race([Promise.resolve(now()).then(source), late]);
    } catch {
      return noEvidence(now(), 'the source failed');
    } finally {
      clearTimeout(timer);
    }
  }

  #changed(rule: ComplianceRule, from: Verdict, found: RuleVerdict, atMs: number): void {
    const { instance, metrics, onTransition } = this.#options;
    if (found.verdict === 'fail') metrics?.violation(rule.check);
    const transition: ComplianceTransition = {
      id: randomUUID(),
      rule: rule.id,
      instance,
      atMs,
      from,
      to: found.verdict,
      actual: found.actual,
      target: rule.target,
      evidence: canonicalJson({ reasons: found.reasons, samples: found.samples, facts: found.facts }),
      escalated: rule.escalates && found.verdict === 'fail',
    };
    this.#untold.push({ transition, stored: false, audited: false });
    if (this.#untold.length > MAX_UNTOLD) this.#untold.shift();
    onTransition?.(transition, rule);
  }

  /** What could not be kept now is tried again in the next round, oldest first. */
  async #tell(): Promise<void> {
    const { results, trail } = this.#options;
    while (this.#untold.length > 0) {
      const next = this.#untold[0] as Untold;
      const { transition } = next;
      try {
        if (!next.audited) {
          await trail.record({
            actor: 'service',
            action: transition.to === 'fail' ? 'compliance.violated' : 'compliance.changed',
            subject: transition.rule,
            outcome: 'ok',
            correlationId: transition.id,
            details: {
              from: transition.from,
              to: transition.to,
              actual: transition.actual ?? null,
              target: transition.target,
              escalated: transition.escalated,
              evidence: JSON.parse(transition.evidence),
            },
          });
          next.audited = true;
        }
        if (!next.stored) {
          await results.record(transition);
          next.stored = true;
        }
      } catch {
        return;
      }
      this.#untold.shift();
    }
  }
}
