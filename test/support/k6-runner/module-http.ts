/** What a script imports from 'k6/http': asyncRequest only. Status 0 means that no answer came. */
import { Agent, request } from 'node:http';

interface Params {
  readonly headers?: Record<string, string>;
  readonly timeout?: string;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly timings: { readonly duration: number };
  json(): unknown;
}

const agent = new Agent({ keepAlive: true, maxSockets: 512 });

function milliseconds(text: string): number {
  const [, number, unit] = /^(\d+)(ms|s|m)$/.exec(text) ?? [];
  if (number === undefined) throw new Error(`the runner does not know the time-out "${text}"`);
  return Number(number) * (unit === 'ms' ? 1 : unit === 's' ? 1_000 : 60_000);
}

function asyncRequest(
  method: string,
  url: string,
  body: string | null,
  params: Params = {},
): Promise<Answer> {
  return new Promise((resolve) => {
    const began = performance.now();
    const done = (status: number, text: string): void =>
      resolve({
        status,
        body: text,
        timings: { duration: performance.now() - began },
        json: () => JSON.parse(text),
      });
    const outgoing = request(url, {
      method,
      agent,
      headers: params.headers,
      timeout: milliseconds(params.timeout ?? '60s'),
    });
    outgoing.on('response', (reply) => {
      let text = '';
      reply.setEncoding('utf8');
      reply.on('data', (chunk) => {
        text += chunk;
      });
      reply.on('end', () => done(reply.statusCode ?? 0, text));
      reply.on('error', () => done(0, ''));
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')));
    outgoing.on('error', () => done(0, ''));
    outgoing.end(body ?? undefined);
  });
}

/** Lets the process end. */
export function closeConnections(): void {
  agent.destroy();
}

export default { asyncRequest };
