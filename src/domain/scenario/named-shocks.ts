/**
 * Days that happened, as shocks: the close-to-close change of each coin against the dollar on the UTC day.
 * A coin that was not listed then takes the median of those that were.
 * Source: Binance spot daily closes. Units: simple return in percent.
 */
export const NAMED_SHOCKS = {
  'march-2020': {
    about: '12 March 2020: everything sold for cash as the pandemic spread',
    pct: {
      ...{ BTC: -39.5, XRP: -34.9, ADA: -41.3, LTC: -38.5, DOGE: -26.3, LINK: -47.8 },
      ...{ TRX: -43.5, EOS: -42.4, XLM: -37.0, MATIC: -51.9, ATOM: -46.1, CHZ: -52.3 },
    },
  },
  'may-2021': {
    about: '19 May 2021: a mining ban and a chain of forced sales',
    pct: {
      ...{ BTC: -14.4, XRP: -33.5, ADA: -26.8, LTC: -36.8, DOGE: -30.7, LINK: -38.4 },
      ...{ TRX: -32.2, EOS: -39.0, XLM: -31.3, MATIC: -33.6, ATOM: -39.8, CHZ: -37.3 },
    },
  },
  'june-2022': {
    about: '13 June 2022: a lender stopped withdrawals',
    pct: {
      ...{ BTC: -15.4, XRP: -9.2, ADA: -5.3, LTC: -9.2, DOGE: -14.7, LINK: -5.4 },
      ...{ TRX: -16.2, EOS: -10.8, XLM: -9.9, MATIC: -13.5, ATOM: -7.9, CHZ: -2.8 },
    },
  },
} as const satisfies Record<string, { about: string; pct: Readonly<Record<string, number>> }>;

export type NamedShock = keyof typeof NAMED_SHOCKS;
export const SHOCK_NAMES = Object.keys(NAMED_SHOCKS) as readonly NamedShock[];

const QUOTE = /(?:USDT|USDC|FDUSD|BUSD|TUSD|USD)$/;

/** The change of one symbol on a named day, in percent. */
export function namedShock(name: NamedShock, symbol: string): number {
  const { pct } = NAMED_SHOCKS[name];
  const known = (pct as Readonly<Record<string, number>>)[symbol.replace(QUOTE, '')];
  if (known !== undefined) return known;
  const all = Object.values(pct).sort((a, b) => a - b);
  const middle = Math.floor(all.length / 2);
  return all.length % 2 === 1 ? all[middle]! : (all[middle - 1]! + all[middle]!) / 2;
}
