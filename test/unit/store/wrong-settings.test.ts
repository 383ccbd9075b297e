import { describe, expect, it } from 'vitest';
import { wrongSettings } from '#store/postgres/wrong-settings.ts';

const failed = (message: string, code?: string) =>
  new Error('migration of the store failed', { cause: Object.assign(new Error(message), code && { code }) });

describe('settings of the database', () => {
  it.each([
    ['a wrong password', 'password authentication failed for user "var"', '28P01'],
    ['a missing password', 'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string', undefined],
    ['an unknown user', 'role "var" does not exist', '28000'],
    ['an unknown database', 'database "x" does not exist', '3D000'],
    ['no right to make tables', 'permission denied for schema public', '42501'],
    ['a server without TLS', 'The server does not support SSL connections', undefined],
    ['an unknown authority', 'self-signed certificate in certificate chain', 'SELF_SIGNED_CERT_IN_CHAIN'],
    ['a certificate of another host', 'Hostname/IP does not match', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['an unknown signer', 'unable to verify the first certificate', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ])('are wrong for good with %s, said without the driver`s own text', (_name, message, code) => {
    const found = wrongSettings(failed(message, code));
    expect(found?.message).toMatch(/^DATABASE_URL /);
    expect(found?.message).not.toContain(message);
  });

  it.each([
    ['refused links', 'connect ECONNREFUSED', 'ECONNREFUSED'],
    ['a name that does not resolve now', 'getaddrinfo ENOTFOUND', 'ENOTFOUND'],
    ['a server that starts', 'the database system is starting up', '57P03'],
    ['too many links', 'sorry, too many clients already', '53300'],
    ['a cut link', 'Connection terminated unexpectedly', undefined],
    ['a statement of ours', 'syntax error', '42601'],
  ])('may be right with %s', (_name, message, code) => {
    expect(wrongSettings(failed(message, code))).toBeUndefined();
  });
});
