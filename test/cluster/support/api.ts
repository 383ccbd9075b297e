/** The little of the Kubernetes API that the pod runner and the gateway need: read, patch, create, delete as JSON. */
import { Agent, request } from 'undici';
import type { Json } from '../../deploy/support/manifests.ts';

export interface Reply {
  readonly status: number;
  readonly body: Json;
}

export interface Api {
  get(path: string): Promise<Reply>;
  post(path: string, body: Json): Promise<Reply>;
  merge(path: string, body: Json): Promise<Reply>;
  delete(path: string, body?: Json): Promise<Reply>;
  close(): Promise<void>;
}

export function connectApi(server: string, token: string, ca: string): Api {
  const dispatcher = new Agent({ connect: { ca } });
  const call = async (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: Json,
  ): Promise<Reply> => {
    const reply = await request(`${server}${path}`, {
      dispatcher,
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await reply.body.text();
    return { status: reply.statusCode, body: text.startsWith('{') ? JSON.parse(text) : text };
  };
  return {
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    merge: (path, body) => call('PATCH', path, body),
    delete: (path, body) => call('DELETE', path, body),
    close: () => dispatcher.close(),
  };
}
