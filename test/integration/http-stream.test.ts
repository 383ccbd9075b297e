import { connect } from 'node:net';
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import Fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { createDrain, type Drain } from '../../src/http/drain.ts';
import { createEventLog, type EventSource, type ServiceEvent } from '../../src/http/event-log.ts';
import { streamRoutes } from '../../src/http/routes/stream.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { openEventStream } from '../support/event-stream.ts';
import { bearer, READ_TOKEN, testApp } from '../support/http-app.ts';

interface Source extends EventSource {
  publish(type: ServiceEvent['type'], data: unknown): void;
  readonly listeners: () => number;
}

function createSource(): Source {
  const listeners = new Set<(event: ServiceEvent) => void>();
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    snapshot: () => [{ type: 'quality', atMs: 1, data: { status: 'fresh' } }],
    publish: (type, data) => {
      for (const listener of listeners) listener({ type, atMs: 2, data });
    },
    listeners: () => listeners.size,
  };
}

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serve(capacity = 8, drain: Drain = createDrain()) {
  const source = createSource();
  const metrics = createMetrics({ version: 't', commit: 't', processMetrics: false });
  const events = createEventLog({ source, metrics, epoch: 'e1', capacity });
  const { app } = await testApp({}, { events, drain, metrics });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  closers.push(() => app.close());
  const open = (query = '', headers: Record<string, string> = {}) =>
    openEventStream(`${url}/v1/stream${query}`, { ...bearer(READ_TOKEN), ...headers });
  return { source, metrics, events, drain, app, open, url };
}

describe('GET /v1/stream', () => {
  it('sends the state first, then every event with a rising id', async () => {
    const { open, source } = await serve();
    const stream = await open();
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    expect(stream.headers.get('x-request-id')).not.toBeNull();
    expect(await stream.next()).toMatchObject({
      event: 'quality',
      id: 'e1-0',
      data: { data: { status: 'fresh' } },
    });
    source.publish('var', { symbol: 'BTCUSDT' });
    source.publish('jobs', { id: 'j1' });
    expect(await stream.next()).toMatchObject({ event: 'var', id: 'e1-1', data: { sequence: 1, atMs: 2 } });
    expect(await stream.next()).toMatchObject({ event: 'jobs', id: 'e1-2' });
    await stream.close();
  });

  it('a client that comes back gets exactly what it missed', async () => {
    const { open, source } = await serve();
    for (let i = 1; i <= 5; i++) source.publish('var', { i });
    const stream = await open('', { 'last-event-id': 'e1-2' });
    expect([(await stream.next()).id, (await stream.next()).id, (await stream.next()).id]).toEqual([
      'e1-3',
      'e1-4',
      'e1-5',
    ]);
    await stream.close();
  });

  it.each(['e0-3', 'e1-1', 'e1-99', 'nonsense'])('the id %s leads to a reset and the state', async (id) => {
    const { open, source } = await serve(2);
    for (let i = 1; i <= 5; i++) source.publish('var', { i });
    const stream = await open(`?lastEventId=${id}`);
    expect(await stream.next()).toMatchObject({ event: 'reset', id: 'e1-5', data: { lastId: 'e1-5' } });
    expect(await stream.next()).toMatchObject({ event: 'quality' });
    await stream.close();
  });

  it('sends only the channels that were asked for', async () => {
    const { open, source } = await serve();
    const stream = await open('?channels=jobs,compliance');
    source.publish('var', {});
    source.publish('compliance', { rule: 'real_data' });
    expect(await stream.next()).toMatchObject({ event: 'compliance', id: 'e1-2' });
    await stream.close();
  });

  it('a drain ends every stream with a shutdown event and refuses new ones', async () => {
    const { open, drain, url } = await serve();
    const stream = await open('?channels=jobs');
    drain.begin();
    expect(await stream.next()).toMatchObject({ event: 'shutdown', data: { reconnectAfterMs: 2_000 } });
    expect(await stream.ended()).toBe(true);
    const late = await fetch(`${url}/v1/stream`, { headers: bearer(READ_TOKEN) });
    expect([late.status, ((await late.json()) as { code: string }).code]).toEqual([503, 'not-ready']);
  });

  it('closing the application ends open streams at once', async () => {
    const { open, app } = await serve();
    const stream = await open('?channels=jobs');
    await app.close();
    expect(await stream.ended()).toBe(true);
  });

  it('a client that leaves is forgotten', async () => {
    const { open, metrics, source } = await serve();
    const stream = await open('?channels=jobs');
    expect((await metrics.streamClients.get()).values[0]?.value).toBe(1);
    await stream.close();
    await expect.poll(async () => (await metrics.streamClients.get()).values[0]?.value).toBe(0);
    source.publish('jobs', {});
  });

  it('a client that does not read is cut before it fills the memory', async () => {
    const { url, metrics, source } = await serve();
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    closers.push(async () => socket.destroy());
    socket.pause();
    socket.on('error', () => undefined);
    socket.write(`GET /v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${READ_TOKEN}\r\n\r\n`);
    await expect.poll(async () => (await metrics.streamClients.get()).values[0]?.value).toBe(1);
    const load = 'x'.repeat(100_000);
    await expect
      .poll(async () => {
        for (let i = 0; i < 20; i++) source.publish('var', load);
        return (await metrics.streamDropped.get()).values[0]?.value;
      })
      .toBe(1);
    await expect.poll(async () => (await metrics.streamClients.get()).values[0]?.value).toBe(0);
  });

  it('a quiet stream beats, naming the newest id', async () => {
    const { events, metrics, drain } = await serve();
    const app = Fastify().setValidatorCompiler(TypeBoxValidatorCompiler);
    await app.register(streamRoutes, { events, drain, metrics, heartbeatMs: 10 });
    closers.unshift(() => app.close());
    const stream = await openEventStream(`${await app.listen({ port: 0 })}/stream?channels=jobs`, {});
    expect(await stream.next()).toMatchObject({
      event: 'heartbeat',
      id: undefined,
      data: { lastId: 'e1-0' },
    });
    await stream.close();
  });

  it('refuses an unknown channel and a caller without a token', async () => {
    const { url } = await serve();
    expect((await fetch(`${url}/v1/stream?channels=all`, { headers: bearer(READ_TOKEN) })).status).toBe(400);
    expect((await fetch(`${url}/v1/stream`)).status).toBe(401);
  });
});
