/**
 * Cuts values out of log objects by the name of their key, a few objects deep. A plain walk over the handful
 * of keys of a line costs less than path expressions with wildcards, and it copies only what it changes.
 * Flow: logger formatters -> here -> the line
 */
export const SECRET_KEYS = [
  'authorization',
  'cookie',
  'token',
  'apiToken',
  'e2bApiToken',
  'apiKey',
  'secretKey',
  'password',
  'encryptionKeys',
  'databaseUrl',
  'x-mbx-apikey',
  'x-api-key',
];

/** Header names come in any case. */
const LOWER_CASE: ReadonlySet<string> = new Set(SECRET_KEYS.map((key) => key.toLowerCase()));

const MAX_DEPTH = 4;
export const MARK = '[redacted]';

export function censored<T extends object>(value: T, depth = 0): T {
  let copy: Record<string, unknown> | undefined;
  for (const key in value) {
    const inner: unknown = value[key];
    let replacement = inner;
    if (LOWER_CASE.has(key.toLowerCase())) replacement = MARK;
    else if (typeof inner === 'object' && inner !== null && depth < MAX_DEPTH && isPlain(inner))
      replacement = censored(inner, depth + 1);
    if (replacement === inner) continue;
    copy ??= (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
    copy[key] = replacement;
  }
  return (copy ?? value) as T;
}

/** Errors and class instances have serialisers of their own. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}
