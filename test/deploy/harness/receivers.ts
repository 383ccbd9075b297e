/** Fake Slack and PagerDuty: one server that keeps what it is sent, and can be made to fail. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json } from '../support/manifests.ts';

export interface Message {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Json;
}

export interface Receivers extends AsyncDisposable {
  readonly url: string;
  readonly messages: Message[];
  broken: boolean;
}

export async function startReceivers(): Promise<Receivers> {
  const messages: Message[] = [];
  const state = { broken: false };
  const server = createServer(async (request, reply) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    if (state.broken) {
      reply.writeHead(500).end();
      return;
    }
    messages.push({ path: request.url ?? '', headers: request.headers, body: JSON.parse(text || 'null') });
    reply.writeHead(request.url?.startsWith('/v2/enqueue') ? 202 : 200).end('{"status":"success"}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    messages,
    get broken() {
      return state.broken;
    },
    set broken(value: boolean) {
      state.broken = value;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
