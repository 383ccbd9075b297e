import { describe, expect, it } from 'vitest';
import { marketQuality } from '#engine/market-quality.ts';
import type { MarketDataView } from '#engine/risk-engine.ts';

const LIMITS = { staleAfterMs: 10_000, maxStaleMs: 300_000, gapMemoryMs: 3_600_000 };
const NOW = 1_700_000_000_000;

function view(change: Partial<MarketDataView> = {}): MarketDataView {
  const base = {
    symbol: 'BTCUSDT',
    state: 'live',
    lastEventMs: NOW,
    ageMs: 5,
    gapCount: 0,
    duplicateCount: 0,
    lost: [],
  };
  return { ...base, ...change } as MarketDataView;
}

const judge = (views: MarketDataView[], prices = views.map(() => 100)) =>
  marketQuality(views, prices, LIMITS, NOW);

describe('quality of the prices behind an answer', () => {
  it('is fresh when every stream is live and young', () => {
    expect(judge([view(), view({ ageMs: 9_000 })])).toMatchObject({
      ok: true,
      value: { status: 'fresh', maxAgeMs: 9_000 },
    });
  });

  it.each([
    ['an old price', { ageMs: 10_001 }, 'stale'],
    ['a stalled stream', { state: 'stale' }, 'stale'],
    ['a dead link', { state: 'down' }, 'stale'],
    ['a gap under repair', { state: 'gap' }, 'degraded'],
    ['a halt, however old its price', { state: 'halted', ageMs: 10 ** 9 }, 'degraded'],
  ] as const)('one symbol with %s marks the whole answer', (_name, change, status) => {
    const outcome = judge([view(), view({ symbol: 'ETHUSDT', ...change })]);
    expect(outcome).toMatchObject({ ok: true, value: { status } });
    expect(outcome.ok && outcome.value.reasons.join()).toContain('ETHUSDT');
  });

  it('a lost window is named as long as it is remembered', () => {
    const lost = (toMs: number) => [{ fromMs: toMs - 10, toMs, trades: 3, reason: 'budget' }];
    expect(judge([view({ lost: lost(NOW - 1) })])).toMatchObject({
      value: { status: 'degraded', gaps: [{ missingTrades: 3 }] },
    });
    expect(judge([view({ lost: lost(NOW - 3_600_001) })])).toMatchObject({
      value: { status: 'fresh', gaps: [] },
    });
  });

  it('there is no answer from a price past the limit, nor from none', () => {
    expect(judge([view({ ageMs: 300_001 })])).toMatchObject({ ok: false, reason: 'stale-data' });
    expect(judge([view()], [Number.NaN])).toMatchObject({ ok: false, reason: 'not-ready' });
  });
});
