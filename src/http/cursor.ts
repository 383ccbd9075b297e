/** Opaque page marks: a key in base64url. Flow: nextCursor out -> cursor in. */
import { Problem } from './problems.ts';

export function toCursor(key: string): string {
  return Buffer.from(key).toString('base64url');
}

export function fromCursor(cursor: string): string {
  const key = Buffer.from(cursor, 'base64url').toString();
  if (toCursor(key) !== cursor)
    throw new Problem('invalid-request', 'The cursor is not one of ours', {
      errors: [{ path: '/cursor', message: 'is not a cursor of this service' }],
    });
  return key;
}
