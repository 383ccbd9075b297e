import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { openEventStream } from '../support/event-stream.ts';
import { bearer, READ_TOKEN } from '../support/http-app.ts';
import { type HttpProcess, startHttpProcess } from '../support/http-process.ts';

const BODY = JSON.stringify({ positions: [{ symbol: 'BTCUSDT', quantity: '1' }] });
const headers = { ...bearer(READ_TOKEN), 'content-type': 'application/json' };
const ready = async (url: string): Promise<number> => (await fetch(`${url}/health/ready`)).status;

const servers: HttpProcess[] = [];
afterEach(async () => {
  for (const { child, exited } of servers.splice(0)) {
    child.kill('SIGKILL');
    await exited;
  }
});

async function start(env: Record<string, string>): Promise<HttpProcess> {
  const server = await startHttpProcess(env);
  servers.push(server);
  return server;
}

/**
 * What a balancer does: keep-alive connections to every server, requests without a pause, and a readiness
 * probe that takes a server out. Every answer but 200 and every broken connection is a lost request.
 */
function balancedLoad(urls: readonly string[], connections: number, probeMs: number) {
  const backends = urls.map((url) => ({
    url,
    pool: new Pool(url, { connections, pipelining: 1 }),
    ready: true,
  }));
  const lost: string[] = [];
  const answered = urls.map(() => 0);
  let closing = 0;
  let running = true;

  const probe = async (): Promise<void> => {
    while (running) {
      for (const backend of backends)
        if (backend.ready) backend.ready = (await ready(backend.url).catch(() => 503)) === 200;
      await wait(probeMs);
    }
  };
  const client = async (turn: number): Promise<void> => {
    while (running) {
      const live = backends.filter((backend) => backend.ready);
      const backend = live[turn++ % live.length];
      if (backend === undefined) return;
      try {
        const reply = await backend.pool.request({ method: 'POST', path: '/v1/var', headers, body: BODY });
        await reply.body.dump();
        if (reply.headers['connection'] === 'close') closing++;
        if (reply.statusCode === 200) answered[backends.indexOf(backend)]!++;
        else lost.push(`status ${reply.statusCode}`);
      } catch (error) {
        lost.push(String((error as { code?: string }).code ?? error));
      }
    }
  };
  const done = Promise.all([probe(), ...Array.from({ length: 2 * connections }, (_, turn) => client(turn))]);
  return {
    lost,
    answered,
    closing: () => closing,
    async stop(): Promise<void> {
      running = false;
      await done;
      await Promise.all(backends.map(({ pool }) => pool.close()));
    },
  };
}

describe('SIGTERM', () => {
  it('to one of two servers under keep-alive load loses no request', async () => {
    const [old, other] = await Promise.all([start({ DRAIN_MS: '1000' }), start({})]);
    const load = balancedLoad([old.url, other.url], 10, 200);
    await expect.poll(() => Math.min(...load.answered), { timeout: 15_000 }).toBeGreaterThan(100);
    old.child.kill('SIGTERM');
    const [code] = await old.exited;
    const mark = load.answered[1] as number;
    await expect.poll(() => load.answered[1]).toBeGreaterThan(mark + 100);
    await load.stop();
    expect(load.lost).toEqual([]);
    expect(load.closing()).toBeGreaterThan(0);
    expect(code).toBe(0);
  });

  it('turns readiness to 503, tells streams, serves on with Connection: close, finishes, exits 0', async () => {
    const { url, child, exited } = await start({ DRAIN_MS: '300', DELAY_MS: '800' });
    const stream = await openEventStream(`${url}/v1/stream`, bearer(READ_TOKEN));
    expect(await ready(url)).toBe(200);
    child.kill('SIGTERM');
    expect((await stream.next()).event).toBe('shutdown');
    expect(await stream.ended()).toBe(true);
    expect(await ready(url)).toBe(503);
    // Ends well after the drain: the listener is closed by then, the request is not.
    const reply = await fetch(`${url}/v1/var`, { method: 'POST', headers, body: BODY });
    expect([reply.status, reply.headers.get('connection')]).toEqual([200, 'close']);
    expect((await exited)[0]).toBe(0);
  });
});
