/**
 * The directive at the door of the engine. Every answer carries the verdict it was given under; with
 * enforcement, and real data lost, no answer is given at all.
 * Flow: http -> here -> engine -> here -> http
 */
import { failure, type Outcome } from '#domain/failure.ts';
import type { RiskAnswer } from '#domain/measure/risk-answer.ts';
import type { ComplianceMonitor } from './compliance-monitor.ts';
import type { RiskEngine } from './risk-engine.ts';

/** Unknown counts as lost: what cannot be proven real is not used. */
export function underDirective(engine: RiskEngine, monitor: ComplianceMonitor): RiskEngine {
  return {
    revision: (symbol) => engine.revision(symbol),
    instruments: () => engine.instruments(),
    marketData: () => engine.marketData(),
    bars: (...range) => engine.bars(...range),
    health: () => engine.health(),
    async valueAtRisk(query, context): Promise<Outcome<RiskAnswer>> {
      const status = monitor.status();
      const realData = status.rules.find(({ rule }) => rule === 'real-data');
      if (status.enforced && realData?.verdict !== 'pass')
        return failure('refused-by-directive', 'Answers need real market data, and that is not proven now', {
          rule: 'real-data',
          verdict: realData?.verdict ?? 'unknown',
        });
      const outcome = await engine.valueAtRisk(query, context);
      if (!outcome.ok) return outcome;
      const named = (verdict: string): string[] =>
        status.rules.filter((rule) => rule.verdict === verdict).map(({ rule }) => rule);
      const compliance = { verdict: status.verdict, failing: named('fail'), unknown: named('unknown') };
      return { ok: true, value: { ...outcome.value, compliance } };
    },
  };
}
