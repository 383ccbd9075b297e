/**
 * Server process of the feed bench: speaks just enough of the wire to be subscribed to, then fires frames that
 * were built beforehand as fast as the socket takes them, so that the client is what is measured. On /stream
 * every frame is a write of its own, as an exchange sends them; on /burst 256 frames share one write.
 * Mix as in the real capture: one trade to four quotes.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';

const FRAMES = Number(process.argv[2]);
const BURST_FRAMES = 256;
const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];

function payload(index: number): string {
  const symbol = SYMBOLS[index % 2] as string;
  const name = symbol.toLowerCase();
  const price = (61837 + (index % 97) / 100).toFixed(8);
  if (index % 10 < 2) {
    const id = 3_735_683_259 + Math.floor(index / 10);
    const time = 1_723_161_255_343 + Math.floor(index / 100);
    return `{"stream":"${name}@aggTrade","data":{"e":"aggTrade","E":${time},"s":"${symbol}","a":${id},"p":"${price}","q":"0.02000000","f":${id},"l":${id},"T":${time},"m":true,"M":true}}`;
  }
  return `{"stream":"${name}@bookTicker","data":{"u":${50_093_239_212 + index},"s":"${symbol}","b":"${price}","B":"3.78826000","a":"${(Number(price) + 0.01).toFixed(8)}","A":"1.54698000"}}`;
}

/** One unmasked text frame, as a server sends it. */
function wireFrame(text: string): Buffer {
  const body = Buffer.from(text);
  const head =
    body.length < 126
      ? Buffer.from([0x81, body.length])
      : Buffer.from([0x81, 126, body.length >> 8, body.length & 255]);
  return Buffer.concat([head, body]);
}

const frames = Array.from({ length: FRAMES }, (_, index) => wireFrame(payload(index)));
const bursts: Buffer[] = [];
for (let at = 0; at < FRAMES; at += BURST_FRAMES)
  bursts.push(Buffer.concat(frames.slice(at, at + BURST_FRAMES)));

function fire(socket: Duplex, writes: readonly Buffer[], from = 0): void {
  for (let at = from; at < writes.length; at += 1) {
    if (socket.write(writes[at])) continue;
    socket.once('drain', () => fire(socket, writes, at + 1));
    return;
  }
}

const http = createServer((_, response) => response.writeHead(404).end('{}'));
const server = new WebSocketServer({ server: http });
server.on('connection', (client, request) => {
  const names = new Set<string>();
  const writes = request.url?.startsWith('/burst') ? bursts : frames;
  client.on('error', () => undefined);
  client.on('message', (data) => {
    const { method, params = [], id } = JSON.parse(String(data));
    for (const name of params) names.add(name);
    client.send(JSON.stringify({ result: method === 'LIST_SUBSCRIPTIONS' ? [...names] : null, id }));
    if (method === 'LIST_SUBSCRIPTIONS') setTimeout(() => fire(request.socket, writes), 50);
  });
});
http.listen(0, '127.0.0.1', () => process.send?.((http.address() as AddressInfo).port));
