/**
 * The one place where failures become answers: problem+json with a stable code, and 404 and 405.
 * Flow: thrown by hooks, parsers, validators and routes -> here -> client
 */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import { isStoreOutage } from '#engine/store-outage.ts';
import { Problem, type ProblemCode, problemBody } from '../problems.ts';

/** What the framework and its plugins raise themselves. */
const FRAMEWORK_CODES: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed-json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed-json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid-request',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_BAD_URL: 'invalid-request',
  FST_ERR_MAX_PARAM_LENGTH: 'uri-too-long',
  FST_UNDER_PRESSURE: 'overloaded',
  FST_ERR_HANDLER_TIMEOUT: 'timeout',
};

interface SchemaFault {
  readonly instancePath: string;
  readonly message?: string;
  readonly keyword: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

const MAX_ERRORS = 20;

export function toProblem(error: FastifyError | Problem): Problem {
  if (error instanceof Problem) return error;
  if (isStoreOutage(error))
    return new Problem('store-unavailable', undefined, { headers: { 'retry-after': '2' } });
  if (error.validation !== undefined) return invalidRequest(error);
  const code = FRAMEWORK_CODES[error.code];
  if (code === 'overloaded') return new Problem(code, undefined, { headers: { 'retry-after': '1' } });
  if (code !== undefined) return new Problem(code);
  // The store is not a room this one may know; its error says itself by name what it is.
  if (error.name === 'StoreUnavailableError')
    return new Problem('store-unavailable', undefined, { headers: { 'retry-after': '2' } });
  if (error instanceof SyntaxError || error.statusCode === 400) return new Problem('malformed-json');
  return new Problem('internal-error');
}

function invalidRequest(error: FastifyError): Problem {
  const faults = error.validation as unknown as readonly SchemaFault[];
  // A refused extra field is reported twice; the entry without its name says nothing.
  const telling = faults.filter(({ keyword }) => keyword !== 'boolean');
  const errors = telling.slice(0, MAX_ERRORS).map(({ instancePath, message, keyword, params }) => {
    const extra = keyword === 'additionalProperties' ? params?.['additionalProperties'] : undefined;
    const text = Array.isArray(extra) ? `does not know ${extra.join(', ')}` : (message ?? keyword);
    return { path: instancePath === '' ? '/' : instancePath, message: text };
  });
  const place = error.validationContext === undefined ? 'request' : error.validationContext;
  return new Problem('invalid-request', `The ${place} does not match its schema`, { errors });
}

export function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply
    .code(problem.statusCode)
    .headers(problem.headers)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(problemBody(problem, request.id));
}

export const errorsPlugin = plugin(
  (app: FastifyInstance, _options, done) => {
    const known: { readonly pattern: RegExp; readonly methods: Set<string> }[] = [];
    const byUrl = new Map<string, Set<string>>();
    app.addHook('onRoute', ({ url, method }) => {
      let methods = byUrl.get(url);
      if (methods === undefined) {
        methods = new Set();
        byUrl.set(url, methods);
        known.push({ pattern: routePattern(url), methods });
      }
      for (const name of [method].flat()) methods.add(name);
    });

    app.setErrorHandler((error: FastifyError | Problem, request, reply) => {
      const problem = toProblem(error);
      if (problem.code === 'internal-error') request.log.error({ err: error }, 'request failed');
      return sendProblem(problem, request, reply);
    });

    app.setNotFoundHandler((request, reply) => {
      const path = request.url.split('?', 1)[0] as string;
      const methods = known.find(({ pattern }) => pattern.test(path))?.methods;
      const problem =
        methods === undefined
          ? new Problem('not-found', `There is nothing at ${path.slice(0, 200)}`)
          : new Problem('method-not-allowed', `${path.slice(0, 200)} does not know ${request.method}`, {
              headers: { allow: [...methods].sort().join(', ') },
            });
      return sendProblem(problem, request, reply);
    });
    done();
  },
  { name: 'errors' },
);

/** Route pattern to expression; used on the error path only. */
function routePattern(url: string): RegExp {
  const source = url
    .split('/')
    .map((part) =>
      part === '*' ? '.*' : part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    )
    .join('/');
  return new RegExp(`^${source}$`);
}
