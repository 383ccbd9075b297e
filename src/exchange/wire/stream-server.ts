/**
 * Turns HTTP upgrades into stream links.
 * Flow: node:http upgrade -> here -> hub.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { StreamHub } from './stream-hub.ts';
import { parseStreamPath } from './stream-path.ts';

/** An HTTP status to refuse the upgrade with, or undefined to let it through. */
export type UpgradeGuard = (request: IncomingMessage) => number | undefined;

const MAX_CLIENT_MESSAGE_BYTES = 64 * 1024;

export function attachStreams(server: Server, hub: StreamHub, guard: UpgradeGuard): WebSocketServer {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_CLIENT_MESSAGE_BYTES,
    clientTracking: false,
  });
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on('error', () => stream.destroy());
    const refusal = guard(request);
    if (refusal !== undefined) return refuse(stream, refusal);
    const form = parseStreamPath(request.url ?? '/');
    if (form === undefined) return refuse(stream, 404);
    sockets.handleUpgrade(request, stream, head, (socket) => hub.accept(socket, stream, form));
  });
  return sockets;
}

/** Status 0 means the connection is cut without an answer. */
function refuse(stream: Duplex, status: number): void {
  if (status === 0) stream.destroy();
  else stream.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
