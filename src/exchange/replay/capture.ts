/**
 * Reads captured streams: lines of "<receive time, ns> <combined-stream frame>", gzipped or plain, several
 * files merged by time. Frames keep their bytes; lines that are not stream frames (snapshots) are left out.
 * Flow: files -> here -> replay market and replay player.
 * Units: `atUs` is the recorder's receive time moved onto the exchange's clock by the median of (event time
 * minus receive time), because a recorder's clock may be off by more than any network delay.
 */
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

export interface CapturedFrame {
  readonly atUs: number;
  readonly stream: string;
  /** The payload as sent, without the combined-stream wrapper. */
  readonly payload: string;
}

const inflate = promisify(gunzip);
const GZIP_MAGIC = 0x1f8b;
const WRAPPER = /^(\d{16})\d{3} \{"stream":"([^"]+)","data":(.*)\}$/;
const EVENT_TIME = /"E":(\d{13})/;
const OFFSET_SAMPLES = 2000;

export async function readCapture(files: readonly string[]): Promise<CapturedFrame[]> {
  const frames: CapturedFrame[] = [];
  for (const file of files) {
    const bytes = await readFile(file);
    const packed = bytes.length > 2 && bytes.readUInt16BE(0) === GZIP_MAGIC;
    const text = (packed ? await inflate(bytes) : bytes).toString('utf8');
    const before = frames.length;
    for (const line of text.split('\n')) {
      const match = WRAPPER.exec(line);
      if (match !== null) frames.push({ atUs: Number(match[1]), stream: match[2]!, payload: match[3]! });
    }
    if (frames.length === before) throw new RangeError(`${file} holds no combined-stream frames`);
  }
  frames.sort((a, b) => a.atUs - b.atUs);
  const offsetUs = clockOffset(frames);
  return frames.map((frame) => ({ ...frame, atUs: frame.atUs + offsetUs }));
}

/** Median over the frames that carry an event time; 0 where none does. */
function clockOffset(frames: readonly CapturedFrame[]): number {
  const offsets: number[] = [];
  for (const frame of frames) {
    const match = EVENT_TIME.exec(frame.payload);
    if (match !== null) offsets.push(Number(match[1]) * 1000 - frame.atUs);
    if (offsets.length === OFFSET_SAMPLES) break;
  }
  offsets.sort((a, b) => a - b);
  return offsets[offsets.length >> 1] ?? 0;
}
