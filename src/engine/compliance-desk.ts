/**
 * Compliance as http sees it: the present from the monitor, the past from the store.
 * Flow: http/routes/compliance -> here -> compliance-monitor, store.
 * Units: times in epoch milliseconds, shares in [0, 1].
 */
import type { Verdict } from '#domain/compliance/evaluate.ts';
import type { ComplianceRule } from '#domain/compliance/rules.ts';
import type {
  ComplianceResults,
  ComplianceTransition,
  TransitionFilter,
} from '#store/ports/compliance-results.ts';
import type { ComplianceMonitor, ComplianceStatus } from './compliance-monitor.ts';

export interface RuleReport {
  readonly rule: string;
  readonly title: string;
  readonly target: number;
  readonly verdict: Verdict;
  readonly actual?: number;
  readonly sinceMs: number;
  readonly violations: number;
  /** Shares of the window, as this replica saw it. */
  readonly pass: number;
  readonly fail: number;
  readonly unknown: number;
}

export interface ComplianceReport {
  readonly fromMs: number;
  readonly toMs: number;
  readonly status: ComplianceStatus;
  readonly rules: readonly RuleReport[];
  readonly violations: readonly ComplianceTransition[];
}

export interface ComplianceDesk {
  readonly rules: readonly ComplianceRule[];
  status(): ComplianceStatus;
  violations(filter: Omit<TransitionFilter, 'to'>): Promise<readonly ComplianceTransition[]>;
  report(fromMs: number): Promise<ComplianceReport>;
}

const REPORT_LIMIT = 10_000;

export function createComplianceDesk(
  monitor: ComplianceMonitor,
  results: ComplianceResults,
  now: () => number = Date.now,
): ComplianceDesk {
  return {
    rules: monitor.rules,
    status: () => monitor.status(),
    violations: (filter) => results.list({ ...filter, to: 'fail' }),
    async report(fromMs) {
      const toMs = now();
      const status = monitor.status();
      const all = await results.list({ sinceMs: fromMs, limit: REPORT_LIMIT });
      const rules = monitor.rules.map((rule): RuleReport => {
        const standing = status.rules.find((each) => each.rule === rule.id)!;
        const own = all.filter((each) => each.rule === rule.id && each.instance === status.instance);
        return {
          rule: rule.id,
          title: rule.title,
          target: rule.target,
          verdict: standing.verdict,
          ...(standing.actual !== undefined && { actual: standing.actual }),
          sinceMs: standing.sinceMs,
          violations: all.filter((each) => each.rule === rule.id && each.to === 'fail').length,
          ...shares(own.toReversed(), standing.verdict, fromMs, toMs),
        };
      });
      return { fromMs, toMs, status, rules, violations: all.filter(({ to }) => to === 'fail') };
    },
  };
}

/** `changes` oldest first. Before the first one the verdict was that one's `from`. */
function shares(
  changes: readonly ComplianceTransition[],
  present: Verdict,
  fromMs: number,
  toMs: number,
): Record<Verdict, number> {
  const spent: Record<Verdict, number> = { pass: 0, fail: 0, unknown: 0 };
  let verdict = (changes[0]?.from ?? present) as Verdict;
  let since = fromMs;
  for (const change of changes) {
    spent[verdict] += Math.max(0, change.atMs - since);
    verdict = change.to as Verdict;
    since = Math.max(since, change.atMs);
  }
  spent[verdict] += Math.max(0, toMs - since);
  const total = Math.max(1, toMs - fromMs);
  return { pass: spent.pass / total, fail: spent.fail / total, unknown: spent.unknown / total };
}
