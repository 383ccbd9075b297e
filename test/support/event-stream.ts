/** A small reader of server-sent events over fetch, for tests. */
export interface ReceivedEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: unknown;
}

export async function openEventStream(url: string, headers: Record<string, string>) {
  const abort = new AbortController();
  const response = await fetch(url, { headers, signal: abort.signal });
  if (response.body === null) throw new Error('no body');
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  let done = false;

  async function block(): Promise<string | undefined> {
    for (;;) {
      const end = buffer.indexOf('\n\n');
      if (end >= 0) {
        const text = buffer.slice(0, end);
        buffer = buffer.slice(end + 2);
        return text;
      }
      if (done) return undefined;
      const chunk = await reader.read();
      done = chunk.done;
      buffer += chunk.value ?? '';
    }
  }

  return {
    headers: response.headers,
    async next(): Promise<ReceivedEvent> {
      for (;;) {
        const text = await block();
        if (text === undefined) throw new Error('the stream has ended');
        const fields = new Map(
          text.split('\n').map((line) => {
            const split = line.indexOf(': ');
            return [line.slice(0, split), line.slice(split + 2)];
          }),
        );
        const event = fields.get('event');
        if (event !== undefined)
          return { event, id: fields.get('id'), data: JSON.parse(fields.get('data') ?? 'null') };
      }
    },
    /** True once the server has ended the stream; what is left unread is dropped. */
    async ended(): Promise<boolean> {
      while ((await block()) !== undefined);
      return true;
    },
    async close(): Promise<void> {
      abort.abort();
      await reader.cancel().catch(() => undefined);
    },
  };
}
