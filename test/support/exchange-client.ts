/**
 * A plain stream client for tests of the embedded exchange: remembers every message, waits for conditions.
 */
import { WebSocket } from 'ws';

const DEADLINE_MS = 5000;

export interface Message {
  readonly stream?: string;
  readonly data?: Record<string, unknown>;
  readonly [key: string]: unknown;
}

export class ExchangeClient {
  readonly socket: WebSocket;
  readonly texts: string[] = [];
  readonly pings: string[] = [];
  closeCode: number | undefined;
  #wake: () => void = () => undefined;

  private constructor(url: string, autoPong: boolean) {
    this.socket = new WebSocket(url, { autoPong, perMessageDeflate: false });
    this.socket.on('message', (data) => this.#push(() => this.texts.push(String(data))));
    this.socket.on('ping', (payload) => this.#push(() => this.pings.push(String(payload))));
    this.socket.on('close', (code) =>
      this.#push(() => {
        this.closeCode = code;
      }),
    );
    this.socket.on('error', () => undefined);
  }

  static async open(url: string, autoPong = true): Promise<ExchangeClient> {
    const client = new ExchangeClient(url, autoPong);
    await new Promise<void>((resolve, reject) => {
      client.socket.once('open', resolve);
      client.socket.once('error', reject);
    });
    return client;
  }

  get messages(): Message[] {
    return this.texts.map((text) => JSON.parse(text) as Message);
  }

  /** Payloads of one stream of a combined link, in order. */
  payloads(stream: string): Record<string, unknown>[] {
    return this.messages.filter((message) => message.stream === stream).map((message) => message.data!);
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Sends a control message and waits for the first reply after it. */
  async ask(message: unknown): Promise<Message> {
    const from = this.texts.length;
    this.send(message);
    const isReply = (text: string) => !text.startsWith('{"stream"') && !text.startsWith('{"e"');
    await this.until(() => this.texts.slice(from).some(isReply));
    return JSON.parse(this.texts.slice(from).find(isReply)!) as Message;
  }

  async until(condition: () => boolean, deadlineMs = DEADLINE_MS): Promise<void> {
    const timeout = AbortSignal.timeout(deadlineMs);
    while (!condition()) {
      if (timeout.aborted)
        throw new Error(`not within ${deadlineMs} ms; ${this.texts.length} messages so far`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        timeout.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  async closed(): Promise<number> {
    await this.until(() => this.closeCode !== undefined);
    return this.closeCode!;
  }

  close(): void {
    this.socket.terminate();
  }

  #push(change: () => void): void {
    change();
    this.#wake();
  }
}
