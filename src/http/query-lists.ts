/** Query fields that hold lists may be repeated or written with commas; both reach the schema as arrays. */
import type { preValidationHookHandler } from 'fastify';

export function splitLists(...fields: readonly string[]): preValidationHookHandler {
  return (request, _reply, next) => {
    const query = request.query as Record<string, string | string[] | undefined>;
    for (const field of fields) {
      const value = query[field];
      if (value !== undefined) query[field] = [value].flat().flatMap((text) => text.split(','));
    }
    next();
  };
}
