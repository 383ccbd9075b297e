import { describe, expect, it } from 'vitest';
import { createTrafficWindow } from '#engine/compliance-traffic.ts';
import { createMetrics } from '#telemetry/metrics.ts';

describe('the traffic window', () => {
  it('counts VaR traffic alone, within the window alone', async () => {
    const metrics = createMetrics({ version: 't', commit: 't', processMetrics: false });
    const window = createTrafficWindow(metrics, 60_000);
    const request = (route: string, code: string, seconds: number) => {
      metrics.httpRequests.inc({ route, method: 'POST', code });
      metrics.httpDuration.observe({ route, method: 'POST' }, seconds);
    };
    await window.counts(0);
    for (let index = 0; index < 10; index++) request('/v1/var', '200', 0.01);
    request('/v1/var/:symbol', '503', 2);
    request('/v1/instruments', '500', 9);
    metrics.varCalculations.inc({ method: 'bayes', confidence: '0.99', result: 'ok' }, 10);
    metrics.varCalculations.inc({ method: 'bayes', confidence: '0.99', result: 'numerical' }, 1);
    metrics.varCalculations.inc({ method: 'bayes', confidence: '0.99', result: 'client' }, 50);
    const counts = await window.counts(10_000);
    expect(counts).toMatchObject({
      calculations: 11,
      failedCalculations: 1,
      requests: 11,
      failedRequests: 1,
    });
    expect(counts.latency.find(({ edge }) => edge === 1)?.count).toBe(10);
    expect(counts.latency.at(-1)).toEqual({ edge: Number.POSITIVE_INFINITY, count: 11 });
    for (let ms = 11_000; ms <= 80_000; ms += 1_000) await window.counts(ms);
    request('/v1/var', '200', 0.01);
    expect(await window.counts(81_000)).toMatchObject({ requests: 1, failedRequests: 0, calculations: 0 });
  });
});
