/**
 * The exchange account, where a key is configured: read, never traded.
 * Flow: start-service -> here -> feed/account, engine/account-sync.
 */
import type { Config } from '#config/load-config.ts';
import { type AccountStatus, type AccountSync, createAccountSync } from '#engine/account-sync.ts';
import type { PortfolioBooks } from '#engine/portfolio-books.ts';
import type { HealthCheck } from '#engine/risk-engine.ts';
import { createBinanceAccount } from '#feed/account/binance-account.ts';
import type { Logger } from '#telemetry/logger.ts';

const EVERY_MS = 60_000;
/** Without a good reading for this long the account is stale. */
const STALE_MS = 300_000;

export function buildAccountSync(
  config: Config,
  books: PortfolioBooks,
  clockOffsetMs: () => number,
  logger: Logger,
): AccountSync | undefined {
  const { apiKey, secretKey, accountUrl } = config.binance;
  if (apiKey === undefined || secretKey === undefined) return undefined;
  let told = '';
  return createAccountSync({
    source: createBinanceAccount({
      apiKey: apiKey.reveal(),
      secret: secretKey.reveal(),
      restBase: accountUrl,
      clockOffsetMs,
    }),
    books,
    symbols: config.market.symbols,
    currency: config.market.accountCurrency,
    everyMs: EVERY_MS,
    onStatus: (status) => {
      const { readMs: _readMs, ...news } = status;
      const text = JSON.stringify(news);
      if (text === told) return;
      told = text;
      if (status.fault?.kind === 'over-privileged')
        logger.error(
          { rights: status.excessRights },
          'the exchange key can do more than read: it is not used',
        );
      else if (status.fault !== undefined)
        logger.warn({ fault: status.fault }, 'the exchange account could not be read');
      else logger.info({ excluded: status.excluded }, 'the exchange account is current');
    },
  });
}

export function accountCheck(status: AccountStatus, nowMs: number): HealthCheck {
  const { fault, excluded, readMs } = status;
  const notes = [
    ...(fault === undefined ? [] : [fault.message]),
    ...(excluded.length === 0 ? [] : [`not valued: ${excluded.join(', ')}`]),
  ];
  const ageMs = readMs === 0 ? 0 : nowMs - readMs;
  const detail = notes.join('; ');
  if (fault?.kind === 'over-privileged') return { name: 'account', status: 'failed', ageMs, detail };
  if (fault !== undefined || ageMs >= STALE_MS) return { name: 'account', status: 'degraded', ageMs, detail };
  if (readMs === 0) return { name: 'account', status: 'unknown', ageMs, detail: 'not read yet' };
  return { name: 'account', status: 'ok', ageMs, detail };
}
