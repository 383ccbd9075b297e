/**
 * A bounded append file for what must survive an outage of the database. A record is there whole or not at
 * all: each line carries its CRC, and a torn last line (never acknowledged) is cut off at open.
 * Line: crc32 of the JSON in 8 hex digits, a space, the JSON, a newline.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';

export class SpoolFullError extends Error {
  constructor(limitBytes: number) {
    super(`the spool is full (${limitBytes} bytes)`);
    this.name = 'SpoolFullError';
  }
}

export class SpoolFile {
  readonly #handle: FileHandle;
  readonly #limitBytes: number;
  #records: unknown[];
  #bytes: number;
  /** Bytes of a failed write may lie beyond #bytes and must go before the next one. */
  #dirtyTail = false;

  private constructor(handle: FileHandle, limitBytes: number, records: unknown[], bytes: number) {
    this.#handle = handle;
    this.#limitBytes = limitBytes;
    this.#records = records;
    this.#bytes = bytes;
  }

  static async open(path: string, limitBytes: number): Promise<SpoolFile> {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const handle = await open(path, 'a+', 0o600);
    const { records, bytes } = parse(readFileSync(path));
    await handle.truncate(bytes);
    await handle.sync();
    return new SpoolFile(handle, limitBytes, records, bytes);
  }

  get records(): readonly unknown[] {
    return this.#records;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get limitBytes(): number {
    return this.#limitBytes;
  }

  /** Durable when it resolves. Not to be called again before it settles. */
  async append(record: unknown): Promise<void> {
    const json = JSON.stringify(record);
    const line = Buffer.from(`${crc32(json).toString(16).padStart(8, '0')} ${json}\n`);
    if (this.#bytes + line.length > this.#limitBytes) throw new SpoolFullError(this.#limitBytes);
    if (this.#dirtyTail) await this.#handle.truncate(this.#bytes);
    this.#dirtyTail = true;
    let written = 0;
    while (written < line.length)
      written += (await this.#handle.write(line, written, line.length - written)).bytesWritten;
    await this.#handle.datasync();
    this.#dirtyTail = false;
    this.#bytes += line.length;
    this.#records.push(record);
  }

  /** Forgets everything: all of it is in the database now. */
  async clear(): Promise<void> {
    await this.#handle.truncate(0);
    await this.#handle.datasync();
    this.#records = [];
    this.#bytes = 0;
    this.#dirtyTail = false;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

function parse(content: Buffer): { records: unknown[]; bytes: number } {
  const records: unknown[] = [];
  let bytes = 0;
  for (let end = content.indexOf(10); end >= 0; end = content.indexOf(10, bytes)) {
    const json = content.toString('utf8', bytes + 9, end);
    if (content.toString('latin1', bytes, bytes + 8) !== crc32(json).toString(16).padStart(8, '0')) break;
    records.push(JSON.parse(json));
    bytes = end + 1;
  }
  return { records, bytes };
}
