/**
 * Every problem the API can answer with: a stable code, its status and a title. RFC 9457.
 * Flow: routes and plugins raise a code -> here -> problem+json
 * Codes are contract: one may be added, none may change its meaning.
 */
import type { Failure, FailureReason } from '#domain/failure.ts';

export const problems = {
  'malformed-json': { status: 400, title: 'The body is not valid JSON' },
  'invalid-request': { status: 400, title: 'The request does not match its schema' },
  unauthorized: { status: 401, title: 'A valid bearer token is needed' },
  'scope-missing': { status: 403, title: 'The token lacks a scope' },
  'not-found': { status: 404, title: 'There is nothing at this path' },
  'method-not-allowed': { status: 405, title: 'The path does not know this method' },
  'not-acceptable': { status: 406, title: 'The answer is not available in the wanted format' },
  conflict: { status: 409, title: 'The request contradicts the current state' },
  'refused-by-directive': { status: 409, title: 'A compliance rule forbids this answer' },
  'precondition-failed': { status: 412, title: 'The resource has changed since it was read' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'uri-too-long': { status: 414, title: 'The path or query is too long' },
  'unsupported-media-type': { status: 415, title: 'The body must be application/json' },
  'invalid-book': { status: 422, title: 'The book cannot be valued' },
  'duplicate-symbol': { status: 422, title: 'A symbol appears more than once' },
  'unknown-symbol': { status: 422, title: 'The symbol is not followed' },
  'horizon-not-served': { status: 422, title: 'The horizon is not served' },
  'idempotency-mismatch': { status: 422, title: 'The idempotency key was used with another request' },
  'precondition-required': { status: 428, title: 'If-Match is needed' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  'headers-too-large': { status: 431, title: 'The request headers are too large' },
  'internal-error': { status: 500, title: 'The service failed to answer' },
  numerical: { status: 500, title: 'The calculation did not reach a sound number' },
  'store-unavailable': { status: 503, title: 'The store does not answer' },
  overloaded: { status: 503, title: 'The service is busy' },
  'not-ready': { status: 503, title: 'The service is not ready' },
  'stale-data': { status: 503, title: 'The market data are too old to answer from' },
  'insufficient-history': { status: 503, title: 'There is too little history to answer from' },
  'request-timeout': { status: 408, title: 'The request did not arrive in time' },
  timeout: { status: 504, title: 'The answer took too long' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof problems;

export interface ProblemDetail {
  /** JSON pointer into the request, e.g. `/positions/0/quantity`. */
  readonly path: string;
  readonly message: string;
}

export interface ProblemOptions {
  readonly status?: number;
  readonly errors?: readonly ProblemDetail[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown by routes and hooks; the error plugin turns it into the answer. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly statusCode: number;
  readonly errors: readonly ProblemDetail[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail?: string, options: ProblemOptions = {}) {
    super(detail ?? problems[code].title);
    this.name = 'Problem';
    this.code = code;
    this.statusCode = options.status ?? problems[code].status;
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
  }
}

/** Every reason an engine may give is itself a code of the catalogue. */
const REASONS: Readonly<Record<FailureReason, ProblemCode>> = {
  'unknown-symbol': 'unknown-symbol',
  'insufficient-history': 'insufficient-history',
  'stale-data': 'stale-data',
  'not-ready': 'not-ready',
  'horizon-not-served': 'horizon-not-served',
  'invalid-book': 'invalid-book',
  numerical: 'numerical',
  timeout: 'timeout',
  overloaded: 'overloaded',
  'refused-by-directive': 'refused-by-directive',
};

const RETRY_AFTER_SECONDS: Partial<Record<ProblemCode, string>> = { overloaded: '1', 'not-ready': '2' };

export function failureProblem({ reason, message }: Failure, options: ProblemOptions = {}): Problem {
  const code = REASONS[reason];
  const wait = RETRY_AFTER_SECONDS[code];
  return new Problem(code, message, {
    ...options,
    ...(wait === undefined ? {} : { headers: { 'retry-after': wait } }),
  });
}

export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly requestId: string;
  readonly errors: readonly ProblemDetail[];
}

export function problemBody(problem: Problem, requestId: string): ProblemBody {
  const { code, statusCode, message, errors } = problem;
  return {
    type: `urn:bayesian-var:problem:${code}`,
    title: problems[code].title,
    status: statusCode,
    code,
    detail: message,
    requestId,
    errors,
  };
}
