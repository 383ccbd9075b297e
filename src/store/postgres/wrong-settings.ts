/**
 * Tells settings that can never work (a wrong password, no such database, a certificate that is not trusted)
 * from a server that is away for a while. A host name that does not resolve is no proof of a typing error:
 * a headless service has no record while its pods are down.
 * Sources: PostgreSQL SQLSTATE classes 28, 3D, 42501; OpenSSL's verification codes as Node names them.
 */
export class StoreSettingsError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'StoreSettingsError';
  }
}

const CERTIFICATE = /CERT|SIGNATURE|ERR_TLS|ERR_SSL|ERR_OSSL/;

/** What is wrong, in words without any value of the settings; undefined where the settings may be right. */
export function wrongSettings(error: unknown): StoreSettingsError | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    const found = faultOf(each);
    if (found !== undefined) return new StoreSettingsError(`DATABASE_URL ${found}`, error);
  }
  return undefined;
}

function faultOf({ message, ...error }: Error & { code?: unknown }): string | undefined {
  const code = typeof error.code === 'string' ? error.code : '';
  if (code === '28P01' || /^SASL|password must be a string/.test(message))
    return `is refused by the server: wrong password (${code || 'SASL'})`;
  if (code.startsWith('28')) return `is refused by the server: this user may not connect from here (${code})`;
  if (code === '3D000') return `names a database that does not exist (${code})`;
  if (code === '42501') return `names a user without the rights to make tables (${code})`;
  if (/does not support SSL/.test(message)) return 'asks for TLS, which the server does not offer';
  if (CERTIFICATE.test(code)) return `leads to a server whose certificate is not trusted (${code})`;
  return undefined;
}
