/** A TCP relay whose links can be cut and whose door can be shut: an outage of whatever stands behind it. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface TcpGate {
  readonly port: number;
  /** Resets every link; new ones are refused until `open`. */
  shut(): void;
  open(): void;
  close(): Promise<void>;
}

export async function tcpGate(targetPort: number): Promise<TcpGate> {
  const links = new Set<Socket>();
  let shut = false;
  const server = createServer((client) => {
    if (shut) {
      client.resetAndDestroy();
      return;
    }
    const target = connect(targetPort, '127.0.0.1');
    for (const socket of [client, target]) {
      links.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        links.delete(socket);
        client.destroy();
        target.destroy();
      });
    }
    client.pipe(target).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const reset = (): void => {
    for (const socket of links) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as { port: number }).port,
    shut() {
      shut = true;
      reset();
    },
    open() {
      shut = false;
    },
    async close() {
      reset();
      server.close();
      await once(server, 'close');
    },
  };
}
