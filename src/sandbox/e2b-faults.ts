/**
 * One classifier for everything the E2B SDK can throw. Its error classes do not form one tree, elapsed
 * request time-outs are DOMExceptions and refused connections are TypeErrors, so no caller may branch on a
 * single class.
 * Flow: e2b-provider, e2b-sandbox -> here -> SandboxFault.
 */
import {
  AuthenticationError,
  CommandExitError,
  InvalidArgumentError,
  NotEnoughSpaceError,
  RateLimitError,
  SandboxError,
  SandboxNotFoundError,
  ServiceBusyError,
  TemplateError,
  TimeoutError,
} from 'e2b';
import { DeadlineError } from './deadline.ts';
import type { SandboxFault, SandboxFaultKind, SandboxStage } from './training-sandbox.ts';

/** Statuses by which the control plane says that it has no room now. */
const CAPACITY_STATUS = new Set([503, 504, 507]);
const MESSAGE_MAX = 500;

/** `givenUp`: the caller has ended the call; without that the SDK's "canceled" is its own elapsed time-out. */
export function classifyE2bError(error: unknown, stage: SandboxStage, givenUp: boolean): SandboxFault {
  const message = describe(error);
  const exitCode = error instanceof CommandExitError ? { exitCode: error.exitCode } : {};
  const found = verdict(error, message);
  const [kind, retryable] = found[0] === 'cancelled' && !givenUp ? (['timeout', true] as const) : found;
  return { kind, retryable, message, stage, ...exitCode };
}

function verdict(error: unknown, message: string): [SandboxFaultKind, boolean] {
  if (error instanceof DeadlineError) return ['timeout', true];
  if (error instanceof AuthenticationError) return ['auth', false];
  if (error instanceof ServiceBusyError) return ['capacity', true];
  if (error instanceof CommandExitError) return ['trainer-failed', false];
  if (error instanceof RateLimitError) return ['rate-limited', true];
  if (error instanceof SandboxNotFoundError) return ['gone', true];
  if (error instanceof NotEnoughSpaceError) return ['capacity', true];
  if (error instanceof TemplateError || error instanceof InvalidArgumentError) return ['bad-result', false];
  if (error instanceof TimeoutError) return timeoutVerdict(message);
  if (error instanceof SandboxError) return statusVerdict(error.statusCode ?? 0);
  if (error instanceof DOMException)
    return error.name === 'AbortError' ? ['cancelled', false] : ['timeout', true];
  return ['transport', true];
}

/** The SDK folds the different ends of a command into one class; only its text tells them apart. */
function timeoutVerdict(message: string): [SandboxFaultKind, boolean] {
  if (/\[canceled\]/i.test(message)) return ['cancelled', false];
  if (/end of life|killed|not found|sandbox timeout/i.test(message)) return ['gone', true];
  return ['timeout', true];
}

function statusVerdict(status: number): [SandboxFaultKind, boolean] {
  if (CAPACITY_STATUS.has(status)) return ['capacity', true];
  if (status === 429) return ['rate-limited', true];
  if (status === 401 || status === 403) return ['auth', false];
  if (status === 404 || status === 409 || status === 502) return ['gone', true];
  return ['transport', true];
}

/** The message with its causes, without anything that a key or URL may carry. */
function describe(error: unknown): string {
  const parts: string[] = [];
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    const code = 'code' in at && typeof at.code === 'string' ? ` (${at.code})` : '';
    parts.push(`${at.message}${code}`);
  }
  const text = parts.length > 0 ? parts.join(': ') : String(error);
  return text
    .replaceAll(/e2b_\w+/g, 'e2b_…')
    .replaceAll(/https?:\/\/\S+/g, '(url)')
    .slice(0, MESSAGE_MAX);
}
