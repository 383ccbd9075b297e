import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTracing, type Tracing, withSpan } from '../../src/telemetry/tracing.ts';
import { bearer, READ_TOKEN, testApp } from '../support/http-app.ts';
import { type ReceivedSpan, startOtlpReceiver } from '../support/otlp-receiver.ts';

const PARENT_TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT_SPAN = 'b7ad6b7169203331';
const call = {
  method: 'POST' as const,
  url: '/v1/var',
  headers: { ...bearer(READ_TOKEN), 'content-type': 'application/json' },
  body: JSON.stringify({ positions: [{ symbol: 'BTCUSDT', quantity: '1' }] }),
};

let receiver: Awaited<ReturnType<typeof startOtlpReceiver>>;
let tracing: Tracing;
let spans: readonly ReceivedSpan[];

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  tracing = await startTracing({ endpoint: receiver.url });
  const { app, engine } = await testApp({ tracing: true });
  const { valueAtRisk } = engine;
  // What the real engine does: a span of its own around the task it gives to the pool.
  engine.valueAtRisk = (query, context) =>
    withSpan('worker task', { task: 'value-book' }, () => valueAtRisk(query, context));
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const ask = (headers: Record<string, string>) =>
    fetch(`${url}${call.url}`, { ...call, headers: { ...call.headers, ...headers } });
  await ask({ traceparent: `00-${PARENT_TRACE}-${PARENT_SPAN}-01`, 'x-request-id': 'traced' });
  await ask({ 'x-request-id': 'root' });
  await fetch(`${url}/health/live`);
  await app.close();
  await withSpan('bar update', { symbol: 'BTCUSDT' }, () =>
    withSpan('worker task', { task: 'update-posterior' }, () => undefined),
  );
  await withSpan('failing', {}, () => Promise.reject(new Error('no'))).catch(() => undefined);
  await tracing.close();
  spans = receiver.spans;
});
afterAll(() => receiver.close());

const named = (name: string, traceId?: string): ReceivedSpan => {
  const found = spans.find(
    (span) => span.name === name && (traceId === undefined || span.traceId === traceId),
  );
  if (found === undefined) throw new Error(`no span ${name}`);
  return found;
};

describe('tracing to a collector', () => {
  it('a request, its calculation and its worker task are one chain below the caller', () => {
    const request = named('POST /v1/var', PARENT_TRACE);
    const calculation = named('value-at-risk', PARENT_TRACE);
    const task = named('worker task', PARENT_TRACE);
    expect(request.parentSpanId).toBe(PARENT_SPAN);
    expect(calculation.parentSpanId).toBe(request.spanId);
    expect(task.parentSpanId).toBe(calculation.spanId);
    expect(request.attributes).toMatchObject({
      'http.route': '/v1/var',
      'request.id': 'traced',
      'http.response.status_code': expect.anything(),
    });
  });

  it('a request without a parent starts a trace of its own', () => {
    const roots = spans.filter((span) => span.name === 'POST /v1/var' && span.traceId !== PARENT_TRACE);
    expect(roots).toHaveLength(1);
    expect(roots[0]?.parentSpanId).toBeUndefined();
    expect(named('value-at-risk', roots[0]?.traceId).parentSpanId).toBe(roots[0]?.spanId);
  });

  it('a bar update and its worker task are connected', () => {
    const update = named('bar update');
    expect(named('worker task', update.traceId).parentSpanId).toBe(update.spanId);
  });

  it('a throw marks its span, and health probes leave none', () => {
    expect(named('failing').failed).toBe(true);
    expect(spans.some(({ name }) => name.includes('health'))).toBe(false);
  });
});

describe('without a collector', () => {
  it('nothing is loaded and spans cost nothing', async () => {
    expect(await startTracing({ endpoint: undefined })).toMatchObject({ enabled: false });
  });
});
