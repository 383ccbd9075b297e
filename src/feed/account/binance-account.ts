/**
 * Reads the holdings of a Binance spot account with signed requests. Nothing here can trade: two endpoints are
 * called, both reads. The rights of the key come first, every time: a key that could do more than read, or
 * whose rights cannot be learned, reads nothing.
 *
 * Flow: Binance REST -> here -> engine/account-sync. Units: times in epoch milliseconds.
 */
import type { AccountFault, AccountOutcome, AccountSource, Holding } from '../account-source.ts';
import { keyRights } from './key-rights.ts';
import { createRequestSigner } from './request-signer.ts';

export interface BinanceAccountOptions {
  readonly apiKey: string;
  readonly secret: string;
  readonly restBase: string;
  /** Exchange clock minus ours. */
  readonly clockOffsetMs: () => number;
  readonly recvWindowMs?: number;
  readonly timeoutMs?: number;
}

interface Reply {
  readonly status: number;
  readonly retryAfterS: string | null;
  readonly body: unknown;
}

/** Error codes for a clock outside the receive window. */
const CLOCK_CODES = new Set([-1021]);
/** A clock this far ahead is refused by the exchange whatever the window. */
const FAST_CLOCK_MS = 900;

export function createBinanceAccount(options: BinanceAccountOptions): AccountSource {
  const sign = createRequestSigner(options.secret);

  async function get(path: string, parameters: Record<string, string>, signal?: AbortSignal): Promise<Reply> {
    const timestamp = String(Math.round(Date.now() + options.clockOffsetMs()));
    const recvWindow = String(options.recvWindowMs ?? 5_000);
    const query = new URLSearchParams({ ...parameters, recvWindow, timestamp }).toString();
    const deadline = AbortSignal.timeout(options.timeoutMs ?? 10_000);
    const response = await fetch(
      `${options.restBase}${path}?${query}&signature=${encodeURIComponent(sign(query))}`,
      {
        headers: { 'X-MBX-APIKEY': options.apiKey },
        signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
        redirect: 'error',
      },
    );
    const text = await response.text();
    return {
      status: response.status,
      retryAfterS: response.headers.get('retry-after'),
      body: parseJson(text),
    };
  }

  /** Nothing where the key can only read. */
  async function rightsFault(signal?: AbortSignal): Promise<AccountFault | undefined> {
    const reply = await get('/sapi/v1/account/apiRestrictions', {}, signal);
    if (reply.status !== 200) {
      const fault = refusal(reply);
      return { ...fault, message: `the rights of the key are unknown: ${fault.message}` };
    }
    return keyRights(reply.body);
  }

  return {
    async read(signal) {
      if (options.clockOffsetMs() < -FAST_CLOCK_MS) {
        const message = `the local clock is ${-Math.round(options.clockOffsetMs())} ms ahead: no request would be accepted`;
        return { ok: false, fault: { kind: 'clock', message } };
      }
      try {
        const fault = await rightsFault(signal);
        if (fault !== undefined) return { ok: false, fault };
        const reply = await get('/api/v3/account', { omitZeroBalances: 'true' }, signal);
        if (reply.status !== 200) return { ok: false, fault: refusal(reply) };
        return snapshot(reply.body);
      } catch (error) {
        const reason = error instanceof Error ? error.name : 'unknown';
        return {
          ok: false,
          fault: { kind: 'unreachable', message: `the account endpoint gave no answer (${reason})` },
        };
      }
    },
  };
}

function snapshot(body: unknown): AccountOutcome {
  const { balances, updateTime } = (body ?? {}) as { balances?: unknown; updateTime?: unknown };
  if (!Array.isArray(balances))
    return { ok: false, fault: { kind: 'malformed', message: 'no balances in the reply' } };
  const holdings: Holding[] = [];
  for (const { asset, free, locked } of balances as { asset: string; free: string; locked: string }[]) {
    const holding = { asset, free: Number(free), locked: Number(locked) };
    if (typeof asset !== 'string' || !Number.isFinite(holding.free) || !Number.isFinite(holding.locked))
      return { ok: false, fault: { kind: 'malformed', message: 'a balance that is not a number' } };
    if (holding.free + holding.locked !== 0) holdings.push(holding);
  }
  const updatedMs = typeof updateTime === 'number' ? updateTime : 0;
  return { ok: true, value: { holdings, updatedMs, readMs: Date.now() } };
}

function refusal({ status, body, retryAfterS }: Reply): AccountFault {
  const { code, msg } = (body ?? {}) as { code?: number; msg?: string };
  const message = `HTTP ${status}${code === undefined ? '' : `, code ${code}`}${msg === undefined ? '' : `: ${msg}`}`;
  if (status === 429 || status === 418)
    return { kind: 'rate-limited', message, retryAfterMs: 1000 * (Number(retryAfterS) || 60) };
  if (code !== undefined && CLOCK_CODES.has(code)) return { kind: 'clock', message };
  return { kind: status >= 500 ? 'unreachable' : 'refused', message };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
