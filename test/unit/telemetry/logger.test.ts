import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/config/secret.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';

function logged(write: (logger: ReturnType<typeof createLogger>) => void): string {
  const stream = new PassThrough();
  write(createLogger({ level: 'debug', version: '1', color: 'blue' }, stream));
  return stream.read()?.toString() ?? '';
}

describe('createLogger', () => {
  it('writes one JSON object a line with level, time and service', () => {
    const line = JSON.parse(logged((logger) => logger.info({ requestId: 'r1' }, 'hello')));
    expect(line).toMatchObject({ level: 'info', service: 'bayesian-var', requestId: 'r1', msg: 'hello' });
    expect(line.timeMs).toBeTypeOf('number');
  });

  it('cuts secrets out wherever they hide', () => {
    const text = logged((logger) => {
      logger.info({ authorization: 'Bearer hush' }, 'a');
      logger.info({ headers: { authorization: 'Bearer hush', cookie: 'hush' } }, 'b');
      logger.info({ req: { headers: { authorization: 'Bearer hush' } } }, 'c');
      logger.info({ config: { sandbox: { e2bApiToken: new Secret('hush') } } }, 'd');
      logger.info({ binance: { apiKey: 'hush', secretKey: 'hush' } }, 'e');
      logger.child({ token: 'hush' }).info('f');
      logger.error({
        err: Object.assign(new Error('no'), { request: { headers: { Authorization: 'hush' } } }),
      });
      logger.info({ calls: [{ apiKey: 'hush' }] }, 'h');
    });
    expect(text.split('\n').filter(Boolean)).toHaveLength(8);
    expect(text).not.toContain('hush');
  });

  it('leaves what it is given unchanged', () => {
    const given = { headers: { authorization: 'hush' }, list: [1, 2] };
    logged((logger) => logger.info(given));
    expect(given).toEqual({ headers: { authorization: 'hush' }, list: [1, 2] });
  });
});
