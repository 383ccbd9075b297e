import { describe, expect, it } from 'vitest';
import { type Evidence, evaluate, noEvidence, overall } from '#domain/compliance/evaluate.ts';
import { realDataEvidence, sandboxEvidence } from '#domain/compliance/market-evidence.ts';
import { type ComplianceRule, PRIME_DIRECTIVE, type RuleId } from '#domain/compliance/rules.ts';
import { securityEvidence } from '#domain/compliance/security-evidence.ts';
import {
  availabilityEvidence,
  errorRateEvidence,
  percentile,
  responseTimeEvidence,
} from '#domain/compliance/traffic-evidence.ts';
import fc from '../../../support/seeded-check.ts';

const NOW = 1_000_000_000;
const rule = (id: RuleId): ComplianceRule => PRIME_DIRECTIVE.find((each) => each.id === id)!;
const judge = (id: RuleId, evidence: Evidence) => evaluate(rule(id), evidence, NOW).verdict;
const evidence = (measured: number | undefined, over: Partial<Evidence> = {}): Evidence => ({
  measured,
  atMs: NOW,
  samples: 1_000_000,
  objections: [],
  facts: {},
  ...over,
});

describe('the Prime Directive', () => {
  it('has the promised targets', () => {
    expect(
      Object.fromEntries(
        PRIME_DIRECTIVE.map(({ id, comparison, target }) => [id, `${comparison} ${target}`]),
      ),
    ).toEqual({
      'real-data': 'at-least 1',
      'sandbox-health': 'at-least 2',
      'model-accuracy': 'at-least 95',
      'error-rate': 'below 0.01',
      'response-time': 'below 1',
      security: 'at-least 1',
      availability: 'at-least 0.9999',
    });
  });

  it.each([
    ['sandbox-health', 2, 'pass'],
    ['sandbox-health', 1, 'fail'],
    ['model-accuracy', 95, 'pass'],
    ['model-accuracy', 94.99, 'fail'],
    ['error-rate', 0.0099, 'pass'],
    ['error-rate', 0.01, 'fail'],
    ['response-time', 0.999, 'pass'],
    ['response-time', 1, 'fail'],
    ['availability', 0.9999, 'pass'],
    ['availability', 0.99989, 'fail'],
  ] as const)('judges %s of %d as %s', (id, measured, verdict) => {
    expect(judge(id, evidence(measured))).toBe(verdict);
  });

  it('never passes what is unknown: missing, old, thin or no number', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PRIME_DIRECTIVE),
        fc.oneof(
          fc.constant(evidence(undefined)),
          fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY).map((value) => evidence(value)),
          fc.double({ noNaN: true }).map((value) => evidence(value, { samples: 0 })),
          fc.double({ noNaN: true }).map((value) => evidence(value, { samples: Number.NaN })),
          fc.double({ noNaN: true }).map((value) => evidence(value, { atMs: NOW - 10 ** 9 })),
          fc.double({ noNaN: true }).map((value) => evidence(value, { atMs: Number.NaN })),
          fc.constant(noEvidence(NOW, 'away')),
        ),
        (each, given) => {
          const { verdict, reasons } = evaluate(each, given, NOW);
          expect(verdict).toBe('unknown');
          expect(reasons.length).toBeGreaterThan(0);
        },
      ),
    );
  });

  it('fails on an objection, however good the figure', () => {
    for (const each of PRIME_DIRECTIVE)
      expect(evaluate(each, evidence(100, { objections: ['a tail test rejects'] }), NOW)).toMatchObject({
        verdict: 'fail',
        reasons: ['a tail test rejects'],
      });
  });

  it('is as good as its worst rule', () => {
    const verdict = (kind: 'pass' | 'fail' | 'unknown') => ({
      ...evaluate(rule('security'), evidence(1), NOW),
      verdict: kind,
    });
    expect(overall([verdict('pass'), verdict('unknown'), verdict('fail')])).toBe('fail');
    expect(overall([verdict('pass'), verdict('unknown')])).toBe('unknown');
    expect(overall([verdict('pass'), verdict('pass')])).toBe('pass');
    expect(overall([])).toBe('unknown');
  });
});

describe('evidence', () => {
  const live = [
    { symbol: 'BTCUSDT', live: true, ageMs: 10 },
    { symbol: 'ETHUSDT', live: true, ageMs: 20 },
  ];

  it('of real data: only Binance is real, and every symbol must be live and fresh', () => {
    expect(judge('real-data', realDataEvidence('binance', live, 100, NOW))).toBe('pass');
    for (const provenance of ['replay', 'synthetic'] as const)
      expect(judge('real-data', realDataEvidence(provenance, live, 100, NOW))).toBe('fail');
    expect(judge('real-data', realDataEvidence('binance', live, 15, NOW))).toBe('fail');
    expect(judge('real-data', realDataEvidence('binance', [{ ...live[0]!, live: false }], 100, NOW))).toBe(
      'fail',
    );
    expect(judge('real-data', realDataEvidence('binance', [], 100, NOW))).toBe('unknown');
  });

  it('of sandboxes: two of three suffice, a blocked pool does not', () => {
    const pool = { provider: 'local', isolation: 'none', required: 3, healthy: 2, blocked: undefined };
    expect(judge('sandbox-health', sandboxEvidence(pool, NOW))).toBe('pass');
    expect(judge('sandbox-health', sandboxEvidence({ ...pool, healthy: 1 }, NOW))).toBe('fail');
    expect(judge('sandbox-health', sandboxEvidence({ ...pool, blocked: 'budget' }, NOW))).toBe('fail');
  });

  it('of traffic: ratios over the window, nothing where nothing was asked', () => {
    const edges = [0.1, 1, Number.POSITIVE_INFINITY];
    const counts = (slow: number) => ({
      calculations: 1000,
      failedCalculations: 9,
      requests: 10_000,
      failedRequests: 1,
      latency: edges.map((edge, index) => ({
        edge,
        count: index === 2 ? 1000 : index === 1 ? 1000 - slow : 500,
      })),
    });
    expect(judge('error-rate', errorRateEvidence(counts(0), NOW))).toBe('pass');
    expect(judge('availability', availabilityEvidence(counts(0), NOW))).toBe('pass');
    expect(judge('response-time', responseTimeEvidence(counts(9), NOW))).toBe('pass');
    expect(judge('response-time', responseTimeEvidence(counts(11), NOW))).toBe('fail');
    const none = { calculations: 0, failedCalculations: 0, requests: 0, failedRequests: 0, latency: [] };
    for (const [id, of] of [
      ['error-rate', errorRateEvidence],
      ['availability', availabilityEvidence],
      ['response-time', responseTimeEvidence],
    ] as const)
      expect(judge(id, of(none, NOW))).toBe('unknown');
  });

  it('of response time: the share at the target edge decides exactly', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(500), { minLength: 4, maxLength: 4 }), (parts) => {
        const edges = [0.5, 1, 5, Number.POSITIVE_INFINITY];
        const latency = edges.map((edge, index) => ({
          edge,
          count: parts.slice(0, index + 1).reduce((sum, part) => sum + part, 0),
        }));
        const total = latency.at(-1)!.count;
        const p99 = percentile(latency, 0.99);
        if (total === 0) expect(p99).toBeUndefined();
        else expect(p99! <= 1).toBe(latency[1]!.count >= 0.99 * total);
      }),
    );
  });

  it('of security: one broken probe fails, one unmade probe leaves it unknown', () => {
    const probe = (holds: boolean | undefined) => ({ name: 'p', holds, detail: 'd' });
    expect(judge('security', securityEvidence([probe(true), probe(true)], NOW))).toBe('pass');
    expect(judge('security', securityEvidence([probe(true), probe(undefined)], NOW))).toBe('unknown');
    expect(judge('security', securityEvidence([probe(false), probe(undefined)], NOW))).toBe('fail');
    expect(judge('security', securityEvidence([], NOW))).toBe('unknown');
  });
});
