/**
 * What faults do to frames on their way to a link, and the tally a test can compare with what it saw.
 * Flow: hub -> here -> link. Losses are drawn from a seeded stream per (fault, link, stream), so a rerun with
 * the same links in the same order loses the same frames.
 */
import { createRandom, type RandomStream } from '#math/random.ts';
import { PURPOSE } from '../law/return-process.ts';
import { hashName } from '../market/instrument.ts';
import type { Frame } from '../wire/frame.ts';
import type { Link } from '../wire/link.ts';
import type { DeliveryFilter } from '../wire/stream-hub.ts';
import { matchesStream } from './fault.ts';
import type { FaultDesk, PlantedFault } from './fault-desk.ts';

const REMEMBERED_FRAMES = 1000;

export interface StreamTally {
  lost: number;
  /** Runs of consecutive losses: what a client counts as gaps. */
  lossRuns: number;
  duplicated: number;
  malformed: number;
}

export class StreamFaults implements DeliveryFilter {
  readonly #seed: number;
  readonly #desk: FaultDesk;
  readonly #tallies = new Map<string, StreamTally>();
  readonly #losing = new Set<string>();
  readonly #draws = new Map<string, RandomStream>();
  readonly #recent = new Map<string, Frame[]>();

  constructor(seed: number, desk: FaultDesk) {
    this.#seed = seed;
    this.#desk = desk;
  }

  get active(): boolean {
    return this.#desk.planted.length > 0 || this.#losing.size > 0;
  }

  get tallies(): Readonly<Record<string, StreamTally>> {
    return Object.fromEntries(this.#tallies);
  }

  onSubscribe(link: Link, stream: string): void {
    for (const planted of this.#desk.active('duplicate-on-subscribe')) {
      if (!matchesStream(planted.fault.stream, stream)) continue;
      const again = this.#recent.get(stream)?.slice(-planted.fault.frames) ?? [];
      if (again.length === 0) continue;
      for (const frame of again) link.send(frame);
      this.#tally(stream).duplicated += again.length;
      this.#desk.use(planted);
    }
  }

  deliver(link: Link, frame: Frame): void {
    this.#remember(frame);
    const key = `${link.id}/${frame.stream}`;
    if (this.#isLost(key, link, frame)) {
      const tally = this.#tally(frame.stream);
      tally.lost += 1;
      if (!this.#losing.has(key)) tally.lossRuns += 1;
      this.#losing.add(key);
      return;
    }
    this.#losing.delete(key);
    for (const planted of this.#desk.active('malformed')) {
      if (!matchesStream(planted.fault.stream, frame.stream)) continue;
      link.sendText(mangle(frame.text(link.combined, link.micro), this.#tally(frame.stream).malformed));
      this.#tally(frame.stream).malformed += 1;
      this.#desk.use(planted);
    }
    link.send(frame);
  }

  onClosed(link: Link): void {
    for (const key of this.#losing) if (key.startsWith(`${link.id}/`)) this.#losing.delete(key);
    for (const name of this.#draws.keys())
      if (name.split('/')[1] === String(link.id)) this.#draws.delete(name);
  }

  #isLost(key: string, link: Link, frame: Frame): boolean {
    for (const planted of this.#desk.active('stall-stream'))
      if (matchesStream(planted.fault.stream, frame.stream)) return true;
    for (const planted of this.#desk.active('skip-ids')) {
      if (!matchesStream(planted.fault.stream, frame.stream)) continue;
      this.#desk.use(planted);
      return true;
    }
    for (const planted of this.#desk.active('lose-frames')) {
      if (!matchesStream(planted.fault.stream, frame.stream)) continue;
      if (this.#draw(planted, key, link, frame.stream) < planted.fault.fraction) return true;
    }
    return false;
  }

  #draw(planted: PlantedFault, key: string, link: Link, stream: string): number {
    const name = `${planted.id}/${key}`;
    let random = this.#draws.get(name);
    if (random === undefined) {
      random = createRandom(this.#seed, PURPOSE.fault, planted.id, link.id, hashName(stream));
      this.#draws.set(name, random);
    }
    return random.uniform();
  }

  /** Frames are remembered only while a fault may want to send them again. */
  #remember(frame: Frame): void {
    if (this.#desk.active('duplicate-on-subscribe').next().done === true) return;
    const recent = this.#recent.get(frame.stream) ?? [];
    if (recent.at(-1) === frame) return;
    recent.push(frame);
    if (recent.length > REMEMBERED_FRAMES) recent.shift();
    this.#recent.set(frame.stream, recent);
  }

  #tally(stream: string): StreamTally {
    const tally = this.#tallies.get(stream) ?? { lost: 0, lossRuns: 0, duplicated: 0, malformed: 0 };
    this.#tallies.set(stream, tally);
    return tally;
  }
}

/** Several ways to be broken, in turn: cut short, not JSON, right JSON of the wrong shape, numbers out of reach. */
function mangle(text: string, turn: number): string {
  const ways = [
    () => text.slice(0, text.length >> 1),
    () => `<html>${text.length}</html>`,
    () => '[]',
    () => text.replace(/"p":"[^"]*"/, '"p":"NaN"').replace(/"(s|stream)":"[^"]*"/, '"$1":null'),
    () => text.replace(/"[tau]":\d+/, '"t":-1').replace(/"e":"[^"]*"/, '"e":"nonsense"'),
    () => '',
  ];
  return ways[turn % ways.length]!();
}
