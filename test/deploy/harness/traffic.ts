/**
 * Callers: an open arrival process over keep-alive connections. Requests start by the clock, whether or not earlier
 * ones have been answered, and every request that does not end in 200 is lost.
 */
import { Agent, request } from 'node:http';

export interface Count {
  readonly sent: number;
  readonly lost: number;
  readonly reasons: Readonly<Record<string, number>>;
}

export interface Traffic extends AsyncDisposable {
  /** Counts since the last call, after everything under way has ended. */
  take(): Promise<Count>;
}

const BODY = JSON.stringify({ positions: [{ symbol: 'BTCUSDT', quantity: '0.5' }] });

export function startTraffic(url: string, perSecond: number): Traffic {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const flying = new Set<Promise<void>>();
  let sent = 0;
  let reasons: Record<string, number> = {};

  function call(): Promise<string> {
    return new Promise((resolve) => {
      const outgoing = request(`${url}/v1/var`, {
        agent,
        method: 'POST',
        timeout: 5_000,
        headers: { 'content-type': 'application/json', authorization: 'Bearer harness-token-0123456789' },
      });
      outgoing.on('response', (reply) => {
        reply.resume();
        reply.on('end', () => resolve(String(reply.statusCode)));
        reply.on('error', () => resolve('reset'));
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')));
      outgoing.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      outgoing.end(BODY);
    });
  }

  const started = performance.now();
  let due = 0;
  const timer = setInterval(() => {
    const should = ((performance.now() - started) / 1000) * perSecond;
    for (; due < should; due++) {
      sent += 1;
      const one = call()
        .then((result) => {
          if (result !== '200') reasons[result] = (reasons[result] ?? 0) + 1;
        })
        .finally(() => flying.delete(one));
      flying.add(one);
    }
  }, 10);

  return {
    take: async () => {
      const count = sent;
      await Promise.all(flying);
      const out = { sent: count, lost: Object.values(reasons).reduce((sum, n) => sum + n, 0), reasons };
      sent -= count;
      reasons = {};
      return out;
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await Promise.all(flying);
      agent.destroy();
    },
  };
}
