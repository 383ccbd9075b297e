/**
 * Who hears what: streams on one side, links on the other, and the faults that may come between.
 * Flow: market publishers -> here -> links.
 */
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { Frame } from './frame.ts';
import { Link, type LinkForm, type LinkHost, type LinkRules } from './link.ts';
import { shutdownPayload } from './payloads.ts';

/** Decides what becomes of a frame on its way to one link; the texts it returns are sent in order. */
export interface DeliveryFilter {
  readonly active: boolean;
  onSubscribe(link: Link, stream: string): void;
  deliver(link: Link, frame: Frame): void;
  onClosed(link: Link): void;
}

export interface HubCounters {
  readonly linksOpen: number;
  readonly linksTotal: number;
  readonly linksDropped: number;
  readonly subscriptions: number;
  readonly framesPublished: number;
  readonly framesSent: number;
}

export class StreamHub implements LinkHost {
  readonly links = new Set<Link>();
  readonly #listeners = new Map<string, Set<Link>>();
  readonly #rules: LinkRules;
  readonly #filter: DeliveryFilter;
  readonly #onSubscription: (streams: number) => void;
  #linksTotal = 0;
  #published = 0;
  #sentByClosed = 0;
  #dropped = 0;

  constructor(rules: LinkRules, filter: DeliveryFilter, onSubscription: (streams: number) => void) {
    this.#rules = rules;
    this.#filter = filter;
    this.#onSubscription = onSubscription;
  }

  accept(socket: WebSocket, stream: Duplex, form: LinkForm): void {
    this.#linksTotal += 1;
    this.links.add(new Link(this.#linksTotal, socket, stream, form, this.#rules, this));
  }

  /** Names of streams somebody listens to. */
  get streams(): Iterable<string> {
    return this.#listeners.keys();
  }

  wants(stream: string): boolean {
    return this.#listeners.has(stream);
  }

  publish(frame: Frame): void {
    const listeners = this.#listeners.get(frame.stream);
    if (listeners === undefined) return;
    this.#published += 1;
    for (const link of listeners) {
      if (this.#filter.active) this.#filter.deliver(link, frame);
      else link.send(frame);
    }
  }

  announceShutdown(eventUs: number): void {
    const frame = new Frame('!serverShutdown', (micro) => shutdownPayload(eventUs, micro));
    for (const link of this.links) link.send(frame);
  }

  /** Cuts links as a broken network does, oldest first. */
  dropLinks(count: number): void {
    for (const link of [...this.links].slice(0, count)) {
      this.#dropped += 1;
      link.terminate();
    }
  }

  subscribe(link: Link, stream: string): void {
    const listeners = this.#listeners.get(stream);
    if (listeners === undefined) this.#listeners.set(stream, new Set([link]));
    else listeners.add(link);
    this.#filter.onSubscribe(link, stream);
    this.#onSubscription(this.#listeners.size);
  }

  unsubscribe(link: Link, stream: string): void {
    const listeners = this.#listeners.get(stream);
    if (listeners === undefined) return;
    listeners.delete(link);
    if (listeners.size === 0) this.#listeners.delete(stream);
  }

  closed(link: Link): void {
    this.#filter.onClosed(link);
    if (this.links.delete(link)) this.#sentByClosed += link.framesSent;
  }

  counters(): HubCounters {
    let subscriptions = 0;
    for (const listeners of this.#listeners.values()) subscriptions += listeners.size;
    let framesSent = this.#sentByClosed;
    for (const link of this.links) framesSent += link.framesSent;
    return {
      linksOpen: this.links.size,
      linksTotal: this.#linksTotal,
      linksDropped: this.#dropped,
      subscriptions,
      framesPublished: this.#published,
      framesSent,
    };
  }
}
