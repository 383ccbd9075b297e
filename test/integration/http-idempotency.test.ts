import { afterEach, describe, expect, it } from 'vitest';
import type { RoutePlugin } from '../../src/http/app.ts';
import type { IdempotencyKeys, KeptReply } from '../../src/http/plugins/idempotency.ts';
import { bearer, FULL_TOKEN, READ_TOKEN, testApp } from '../support/http-app.ts';

/** The contract of the store, in memory. */
function memoryKeys(): IdempotencyKeys {
  const claims = new Map<string, { fingerprint: string; reply?: KeptReply }>();
  return {
    async claim(caller, key, fingerprint) {
      const known = claims.get(`${caller} ${key}`);
      if (known === undefined) {
        claims.set(`${caller} ${key}`, { fingerprint });
        return { kind: 'fresh' };
      }
      if (known.fingerprint !== fingerprint) return { kind: 'mismatch' };
      return known.reply === undefined ? { kind: 'running' } : { kind: 'replay', reply: known.reply };
    },
    async finish(caller, key, reply) {
      const known = claims.get(`${caller} ${key}`);
      if (known !== undefined) known.reply = reply;
    },
    async abandon(caller, key) {
      claims.delete(`${caller} ${key}`);
    },
  };
}

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serve() {
  let created = 0;
  let hold: Promise<void> | undefined;
  let fail = false;
  const things: RoutePlugin = async (guarded) => {
    guarded.post('/things', { config: { scope: 'write', idempotent: true } }, async (_request, reply) => {
      await hold;
      if (fail) throw Object.assign(new Error('no'), { name: 'StoreUnavailableError' });
      return reply.code(201).header('location', `/v1/things/${++created}`).send({ id: created });
    });
  };
  const { app } = await testApp({}, { idempotency: memoryKeys(), routes: [things] });
  closers.push(() => app.close());
  const post = (key: string | undefined, payload: object = {}, token = FULL_TOKEN) =>
    app.inject({
      method: 'POST',
      url: '/v1/things',
      headers: { ...bearer(token), ...(key === undefined ? {} : { 'idempotency-key': key }) },
      payload,
    });
  return {
    post,
    created: () => created,
    holdUntil: (promise: Promise<void> | undefined) => {
      hold = promise;
    },
    failing: (on: boolean) => {
      fail = on;
    },
  };
}

describe('Idempotency-Key', () => {
  it('creates once and replays status, body and place', async () => {
    const { post, created } = await serve();
    const [first, second] = [await post('k1'), await post('k1')];
    expect(created()).toBe(1);
    expect([second.statusCode, second.body, second.headers.location]).toEqual([
      201,
      first.body,
      first.headers.location,
    ]);
    expect(second.headers['idempotency-replayed']).toBe('true');
  });

  it('two keys, or no key, create twice', async () => {
    const { post, created } = await serve();
    for (const key of ['a', 'b', undefined, undefined]) await post(key);
    expect(created()).toBe(4);
  });

  it('the same key with another body is refused', async () => {
    const { post } = await serve();
    await post('k', { name: 'one' });
    const other = await post('k', { name: 'two' });
    expect([other.statusCode, other.json().code]).toEqual([422, 'idempotency-mismatch']);
  });

  it('while the first runs, the second is told to wait', async () => {
    const { post, holdUntil } = await serve();
    let release: () => void = () => undefined;
    holdUntil(
      new Promise((resolve) => {
        release = resolve;
      }),
    );
    // The injected call starts when it is first waited for.
    const first = post('k').then((reply) => reply);
    await expect.poll(async () => (await post('k')).json().code).toBe('conflict');
    release();
    expect((await first).statusCode).toBe(201);
  });

  it('a failure of ours is not kept', async () => {
    const { post, failing } = await serve();
    failing(true);
    const refused = await post('k');
    expect([refused.statusCode, refused.json().code]).toEqual([503, 'store-unavailable']);
    failing(false);
    expect((await post('k')).statusCode).toBe(201);
  });

  it('a key that is not printable text is refused, and scopes come first', async () => {
    const { post } = await serve();
    expect((await post('x'.repeat(256))).json().code).toBe('invalid-request');
    expect((await post('k', {}, READ_TOKEN)).json().code).toBe('scope-missing');
  });
});
