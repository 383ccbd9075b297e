/**
 * Control messages of a stream link: SUBSCRIBE, UNSUBSCRIBE, LIST_SUBSCRIPTIONS, SET_PROPERTY, GET_PROPERTY.
 * Flow: text from the client -> here -> reply text; replies are never wrapped, not even on combined links.
 * A stream name that does not exist is accepted in silence, as the exchange does.
 */
export interface ControlTarget {
  readonly streams: ReadonlySet<string>;
  combined: boolean;
  subscribe(stream: string): boolean;
  unsubscribe(stream: string): void;
}

type RequestId = number | string | null;

interface ControlRequest {
  readonly method?: unknown;
  readonly params?: unknown;
  readonly id?: unknown;
}

const METHODS = ['SUBSCRIBE', 'UNSUBSCRIBE', 'LIST_SUBSCRIPTIONS', 'SET_PROPERTY', 'GET_PROPERTY'];
const ID_PATTERN = /^[A-Za-z0-9_-]{1,36}$/;

export function answerControl(text: string, target: ControlTarget): string {
  let request: ControlRequest;
  try {
    request = JSON.parse(text) as ControlRequest;
  } catch {
    return refusal(3, 'Invalid JSON: expected value at line 1 column 1');
  }
  if (typeof request !== 'object' || request === null || request.method === undefined)
    return refusal(2, `Invalid request: missing field \`method\` at line 1 column ${text.length}`);
  const { id, method, params } = request;
  if (!isRequestId(id)) return refusal(2, 'Invalid request: request ID must be an unsigned integer');
  if (typeof method !== 'string' || !METHODS.includes(method)) {
    const expected = METHODS.map((name) => `\`${name}\``).join(', ');
    return refusal(
      2,
      `Invalid request: unknown variant \`${String(method)}\`, expected one of ${expected}`,
      id,
    );
  }
  switch (method) {
    case 'SUBSCRIBE':
    case 'UNSUBSCRIBE':
      return changeStreams(method, params, id, target);
    case 'LIST_SUBSCRIPTIONS':
      return reply([...target.streams], id);
    default:
      return property(method, params, id, target);
  }
}

function changeStreams(method: string, params: unknown, id: RequestId, target: ControlTarget): string {
  if (!Array.isArray(params) || !params.every((name) => typeof name === 'string'))
    return refusal(2, 'Invalid request: params must be an array of stream names', id);
  for (const name of params as string[]) {
    if (method === 'UNSUBSCRIBE') target.unsubscribe(name);
    else if (!target.subscribe(name)) return refusal(2, 'Invalid request: too many streams', id);
  }
  return reply(null, id);
}

function property(method: string, params: unknown, id: RequestId, target: ControlTarget): string {
  if (!Array.isArray(params) || typeof params[0] !== 'string')
    return refusal(2, 'Invalid request: property name must be a string', id);
  if (params[0] !== 'combined') return refusal(0, 'Unknown property', id);
  if (params.length > (method === 'SET_PROPERTY' ? 2 : 1))
    return refusal(2, 'Invalid request: too many parameters', id);
  if (method === 'GET_PROPERTY') return reply(target.combined, id);
  if (typeof params[1] !== 'boolean') return refusal(1, 'Invalid value type: expected Boolean', id);
  target.combined = params[1];
  return reply(null, id);
}

function isRequestId(id: unknown): id is RequestId {
  if (id === null || Number.isSafeInteger(id)) return true;
  return typeof id === 'string' && ID_PATTERN.test(id);
}

function reply(result: unknown, id: RequestId): string {
  return JSON.stringify({ result, id });
}

function refusal(code: number, msg: string, id?: RequestId): string {
  return JSON.stringify(id === undefined ? { code, msg } : { code, msg, id });
}
