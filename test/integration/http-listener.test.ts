import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { buildMetricsServer } from '../../src/http/metrics-server.ts';
import { loadTls } from '../../src/http/tls.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { bearer, READ_TOKEN, testApp } from '../support/http-app.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function exchange(port: number, text: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.write(text);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe('faults below routing', () => {
  it.each([
    [
      'headers without end',
      `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(30_000)}\r\n\r\n`,
      431,
      'headers-too-large',
    ],
    ['no HTTP at all', 'hello\r\n\r\n', 400, 'invalid-request'],
    [
      'two lengths',
      'POST /v1/var HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
      'invalid-request',
    ],
  ])('%s is a problem too', async (_name, text, status, code) => {
    const { app } = await testApp();
    closers.push(() => app.close());
    const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
    const [head, body] = (await exchange(Number(port), text)).split('\r\n\r\n') as [string, string];
    expect(head).toContain(`HTTP/1.1 ${status} `);
    expect(head).toContain('Content-Type: application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ status, code });
  });

  it('a request that never ends is given up', async () => {
    const { app } = await testApp({ requestTimeoutMs: 200 });
    app.server.headersTimeout = 200;
    closers.push(() => app.close());
    const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
    const reply = await exchange(
      Number(port),
      `POST /v1/var HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${READ_TOKEN}\r\nContent-Type: application/json\r\nContent-Length: 99\r\nConnection: close\r\n\r\n{`,
    );
    expect(reply).toMatch(/HTTP\/1.1 (408|504) /);
    expect(reply).toContain('application/problem+json');
  });
});

describe('metrics on a port of their own', () => {
  it('are served there and not on the API', async () => {
    const { app, metrics } = await testApp({ metricsOnMainPort: false });
    const server = await buildMetricsServer(metrics);
    closers.push(
      () => app.close(),
      () => server.close(),
    );
    await app.inject({ url: '/health/live' });
    expect((await app.inject({ url: '/metrics' })).statusCode).toBe(404);
    const page = await server.inject({ url: '/metrics' });
    expect(page.headers['content-type']).toContain('text/plain');
    expect(page.body).toContain('bvar_health_checks_total{probe="live",result="ok"} 1');
    expect((await server.inject({ url: '/v1/var' })).json()).toMatchObject({ code: 'not-found' });
  });
});

describe('TLS', () => {
  /** A certificate for loopback that holds for `days`, written over the two files. */
  function issue(cert: string, key: string, days: number): void {
    const subject = [
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-days',
      String(days),
    ];
    const fresh = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    execFileSync('openssl', [...fresh, '-keyout', key, '-out', cert, ...subject], { stdio: 'pipe' });
  }

  function folder(): { cert: string; key: string } {
    const path = mkdtempSync(join(tmpdir(), 'bvar-tls-'));
    closers.push(async () => rmSync(path, { recursive: true }));
    return { cert: join(path, 'tls.crt'), key: join(path, 'tls.key') };
  }

  it('serves HTTPS, tells when the certificate ends, and takes a renewed one without a restart', async () => {
    const { cert, key } = folder();
    issue(cert, key, 30);
    const metrics = createMetrics({ version: 't', commit: 't', processMetrics: false });
    const daysLeft = async (): Promise<number> =>
      Math.round((((await metrics.tlsExpiry.get()).values[0]?.value ?? 0) - Date.now() / 1000) / 86_400);
    const tls = loadTls(cert, key, metrics, 20);
    expect(await daysLeft()).toBe(30);

    const { app } = await testApp({ tls }, { metrics });
    closers.push(() => app.close());
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const ask = async (ca: string): Promise<number> => {
      const dispatcher = new Agent({ connect: { ca } });
      try {
        const reply = await request(`${url}/v1/time`, { dispatcher, headers: bearer(READ_TOKEN) });
        await reply.body.dump();
        return reply.statusCode;
      } finally {
        await dispatcher.close();
      }
    };
    expect(await ask(tls.cert)).toBe(200);

    issue(cert, key, 90);
    await expect.poll(daysLeft).toBe(90);
    expect(await ask(readFileSync(cert, 'utf8'))).toBe(200);
    await expect(ask(tls.cert)).rejects.toThrow(/certificate/);
  });

  it('refuses a key that is of another certificate', () => {
    const [one, two] = [folder(), folder()];
    issue(one.cert, one.key, 1);
    issue(two.cert, two.key, 1);
    const metrics = createMetrics({ version: 't', commit: 't', processMetrics: false });
    expect(() => loadTls(one.cert, two.key, metrics)).toThrow('is not the key of');
  });
});
