/**
 * Request weight per client address in fixed windows on the minute, with the exchange's two steps: 429 asks to
 * back off, and going on nevertheless is answered by a ban, 418, that doubles each time.
 * Units: milliseconds of wall time, weight units.
 */
const WINDOW_MS = 60_000;
/** Requests tolerated after the first 429 of a window before the ban. */
const IGNORED_WARNINGS = 20;
const FIRST_BAN_MS = 2 * 60_000;
const LONGEST_BAN_MS = 3 * 24 * 3_600_000;

interface Account {
  window: number;
  used: number;
  warnings: number;
  bannedUntilMs: number;
  bans: number;
}

export interface WeightVerdict {
  readonly status: 200 | 429 | 418;
  readonly used: number;
  readonly retryAfterSeconds: number;
  readonly bannedUntilMs: number;
}

export class WeightMeter {
  readonly limit: number;
  readonly #accounts = new Map<string, Account>();

  constructor(limit: number) {
    this.limit = limit;
  }

  charge(address: string, weight: number, nowMs: number): WeightVerdict {
    const account = this.#account(address, Math.floor(nowMs / WINDOW_MS));
    if (nowMs < account.bannedUntilMs) return verdict(418, account, account.bannedUntilMs - nowMs);
    account.used += weight;
    if (account.used <= this.limit) return verdict(200, account, 0);
    account.warnings += 1;
    if (account.warnings > IGNORED_WARNINGS) {
      const banMs = Math.min(LONGEST_BAN_MS, FIRST_BAN_MS * 2 ** account.bans);
      account.bans += 1;
      account.bannedUntilMs = nowMs + banMs;
      return verdict(418, account, banMs);
    }
    return verdict(429, account, WINDOW_MS - (nowMs % WINDOW_MS));
  }

  #account(address: string, window: number): Account {
    const fresh: Account = { window, used: 0, warnings: 0, bannedUntilMs: 0, bans: 0 };
    const account = this.#accounts.get(address) ?? fresh;
    if (account.window !== window) {
      account.window = window;
      account.used = 0;
      account.warnings = 0;
    }
    this.#accounts.set(address, account);
    return account;
  }
}

function verdict(status: WeightVerdict['status'], account: Account, waitMs: number): WeightVerdict {
  const { used, bannedUntilMs } = account;
  return { status, used, retryAfterSeconds: Math.ceil(waitMs / 1000), bannedUntilMs };
}
