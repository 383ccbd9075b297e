/** The answer to every failed request, for the OpenAPI document and for the serialiser. */
import { type TSchema, Type } from 'typebox';

export const ProblemSchema = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: 'Stable; decide on this, not on the text' }),
    detail: Type.String(),
    requestId: Type.String(),
    errors: Type.Array(Type.Object({ path: Type.String(), message: Type.String() })),
  },
  { description: 'RFC 9457 problem' },
);

const answer = {
  description: 'Problem',
  content: { 'application/problem+json': { schema: ProblemSchema } },
};

/** The responses of a guarded route: its own, and a problem for everything else. */
export function responses<const T extends Record<number, TSchema>>(
  own: T,
): T & Record<'4xx' | '5xx', unknown> {
  return { ...own, '4xx': answer, '5xx': answer };
}
