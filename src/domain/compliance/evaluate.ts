/**
 * The judgement: one rule, its evidence, one verdict. Pure. Unknown is never a pass: evidence that is
 * missing, too old, too thin or not a number proves nothing, and objections fail a rule whatever was measured.
 */
import type { ComplianceRule, RuleId } from './rules.ts';

export type Verdict = 'pass' | 'fail' | 'unknown';

export interface Evidence {
  /** undefined where nothing could be measured. */
  readonly measured: number | undefined;
  /** When it was true. Epoch milliseconds. */
  readonly atMs: number;
  readonly samples: number;
  /** Each fails the rule by itself, e.g. a tail test that rejects. */
  readonly objections: readonly string[];
  /** What the measurement rests on, for people and for the audit log. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface RuleVerdict {
  readonly rule: RuleId;
  readonly verdict: Verdict;
  readonly actual: number | undefined;
  readonly samples: number;
  /** Why it is not a pass; empty for a pass. */
  readonly reasons: readonly string[];
  readonly evidenceMs: number;
  readonly facts: Readonly<Record<string, unknown>>;
}

export function noEvidence(atMs: number, reason: string): Evidence {
  return { measured: undefined, atMs, samples: 0, objections: [], facts: { reason } };
}

export function evaluate(rule: ComplianceRule, evidence: Evidence, nowMs: number): RuleVerdict {
  const { measured, atMs, samples, objections, facts } = evidence;
  const actual = measured !== undefined && Number.isFinite(measured) ? measured : undefined;
  const verdict = (kind: Verdict, reasons: readonly string[]): RuleVerdict => ({
    rule: rule.id,
    verdict: kind,
    actual,
    samples,
    reasons,
    evidenceMs: atMs,
    facts,
  });
  if (!(nowMs - atMs <= rule.maxAgeMs)) return verdict('unknown', ['the evidence is too old']);
  if (objections.length > 0) return verdict('fail', objections);
  if (actual === undefined) return verdict('unknown', [String(facts['reason'] ?? 'nothing was measured')]);
  if (!(samples >= rule.leastSamples))
    return verdict('unknown', [`${samples} samples, at least ${rule.leastSamples} are needed`]);
  const holds = rule.comparison === 'at-least' ? actual >= rule.target : actual < rule.target;
  return holds ? verdict('pass', []) : verdict('fail', [`${actual} against a target of ${rule.target}`]);
}

/** The whole directive: fail where any rule fails, unknown where any is unknown, else pass. */
export function overall(verdicts: readonly RuleVerdict[]): Verdict {
  if (verdicts.some(({ verdict }) => verdict === 'fail')) return 'fail';
  return verdicts.length === 0 || verdicts.some(({ verdict }) => verdict === 'unknown') ? 'unknown' : 'pass';
}
