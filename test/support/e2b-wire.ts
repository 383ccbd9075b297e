/** Framing of the E2B wire: Connect-RPC envelopes (flag, big-endian length, JSON) and plain JSON replies. */
import type { IncomingMessage, ServerResponse } from 'node:http';

export function envelope(flag: number, message: object): Buffer {
  const body = Buffer.from(JSON.stringify(message));
  const head = Buffer.alloc(5);
  head.writeUInt8(flag, 0);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export type E2bRoute =
  | 'create'
  | 'list'
  | 'info'
  | 'kill'
  | 'timeout'
  | 'health'
  | 'write'
  | 'read'
  | 'stat'
  | 'start';

export function routeOf(method: string, path: string, daemon: boolean): E2bRoute | undefined {
  if (daemon) {
    if (path === '/health') return 'health';
    if (path === '/files') return method === 'POST' ? 'write' : 'read';
    if (path.startsWith('/filesystem.Filesystem/')) return 'stat';
    return path === '/process.Process/Start' ? 'start' : undefined;
  }
  if (path === '/v2/sandboxes') return method === 'POST' ? 'create' : 'list';
  if (path.endsWith('/timeout')) return 'timeout';
  if (method === 'DELETE') return 'kill';
  return 'info';
}
