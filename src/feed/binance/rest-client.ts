/**
 * Keyless GET requests to the exchange's REST bases, within the weight budget, with fallback between bases.
 * Flow: gap-filler, history, clock-offset -> here -> exchange.
 * 429 and 418 stop every request of this process until Retry-After ends, for the exchange counts per address;
 * 403 (firewall), 404 (the market-data host lacks some paths), 451 (restricted location), 5xx, time-outs and
 * broken connections try the next base. Nothing here throws for what an exchange may answer.
 */
import { Agent, request } from 'undici';
import type { FeedClock } from './clock.ts';
import { WeightBudget } from './weight-budget.ts';

export type RestReason =
  | 'rate-limited'
  | 'banned'
  | 'geo-blocked'
  | 'forbidden'
  | 'unavailable'
  | 'refused'
  | 'bad-response'
  | 'closed';

export interface RestFailure {
  readonly ok: false;
  readonly reason: RestReason;
  readonly message: string;
}

export type RestResult<T> = { readonly ok: true; readonly value: T } | RestFailure;

export interface RestClientOptions {
  readonly bases: readonly string[];
  readonly weightLimit: number;
  readonly timeoutMs: number;
  /** Asks for times in microseconds, so that what REST fills in equals what the stream would have brought. */
  readonly microseconds: boolean;
  readonly clock: FeedClock;
  readonly onBlocked: (
    kind: 'rate-limited' | 'banned' | 'geo-blocked' | 'forbidden',
    message: string,
  ) => void;
  /** A request was answered as it should be. */
  readonly onServed: () => void;
}

const FALLBACK_BLOCK_MS = { 429: 60_000, 418: 120_000 } as const;

function failure(reason: RestReason, message: string): RestFailure {
  return { ok: false, reason, message };
}

export class RestClient {
  readonly #options: RestClientOptions;
  readonly #agent: Agent;
  readonly #closing = new AbortController();
  readonly budget: WeightBudget;
  #base = 0;
  #blockedUntilMs = 0;

  constructor(options: RestClientOptions) {
    this.#options = options;
    this.budget = new WeightBudget(options.weightLimit, options.clock);
    this.#agent = new Agent({
      connect: { timeout: options.timeoutMs, rejectUnauthorized: true },
      connections: 4,
      keepAliveTimeout: 10_000,
    });
  }

  /** The exchange takes no requests from us before this time. */
  get blockedUntilMs(): number {
    return this.#blockedUntilMs;
  }

  async get(
    path: string,
    query: Record<string, string | number>,
    weight: number,
  ): Promise<RestResult<unknown>> {
    const { bases, clock } = this.#options;
    await this.budget.take(weight, this.#closing.signal);
    let last = failure('unavailable', 'no REST base is configured');
    for (let attempt = 0; attempt < bases.length; attempt += 1) {
      if (this.#closing.signal.aborted) return failure('closed', 'the feed is closing');
      if (clock.nowMs() < this.#blockedUntilMs)
        return failure('rate-limited', `no requests before ${new Date(this.#blockedUntilMs).toISOString()}`);
      const index = (this.#base + attempt) % bases.length;
      const result = await this.#ask(bases[index] as string, path, query);
      if (result.ok) {
        // A path that only another base has must not move the ordinary requests there.
        if (last.reason !== 'refused') this.#base = index;
        return result;
      }
      last = result;
      if (result.reason === 'rate-limited' || result.reason === 'banned') return result;
      if (result.reason === 'refused' && !result.message.startsWith('404')) return result;
    }
    return last;
  }

  async #ask(
    base: string,
    path: string,
    query: Record<string, string | number>,
  ): Promise<RestResult<unknown>> {
    const { timeoutMs, microseconds } = this.#options;
    const headers = microseconds ? { 'x-mbx-time-unit': 'MICROSECOND' } : {};
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const response = await request(`${base}${path}`, { query, headers, dispatcher: this.#agent, signal });
      this.budget.observe(Number(response.headers['x-mbx-used-weight-1m'] ?? Number.NaN));
      const text = await response.body.text();
      if (response.statusCode === 200) {
        const value: unknown = JSON.parse(text);
        this.#options.onServed();
        return { ok: true, value };
      }
      return this.#refusal(base, response.statusCode, response.headers['retry-after'], text.slice(0, 200));
    } catch (error) {
      if (this.#closing.signal.aborted) return failure('closed', 'the feed is closing');
      if (error instanceof SyntaxError) return failure('bad-response', `${base}${path}: not JSON`);
      return failure(
        'unavailable',
        `${base}${path}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  #refusal(base: string, status: number, retryAfter: unknown, text: string): RestFailure {
    const message = `${status} from ${base}: ${text}`;
    const { onBlocked, clock } = this.#options;
    if (status === 429 || status === 418) {
      const seconds = Number(retryAfter ?? Number.NaN);
      const waitMs = seconds > 0 ? seconds * 1000 : FALLBACK_BLOCK_MS[status];
      this.#blockedUntilMs = Math.max(this.#blockedUntilMs, clock.nowMs() + waitMs);
      onBlocked(status === 418 ? 'banned' : 'rate-limited', message);
      return failure(status === 418 ? 'banned' : 'rate-limited', message);
    }
    if (status === 451) {
      onBlocked('geo-blocked', `the exchange refuses this location (HTTP 451): ${message}`);
      return failure('geo-blocked', message);
    }
    if (status === 403) {
      onBlocked('forbidden', `the exchange's firewall refuses us (HTTP 403): ${message}`);
      return failure('forbidden', message);
    }
    if (status >= 500) return failure('unavailable', message);
    return failure('refused', `${message}`);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#agent.destroy();
  }
}
