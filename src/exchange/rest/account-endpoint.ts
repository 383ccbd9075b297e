/**
 * What only a signed request may see: GET /api/v3/account, one wallet for every accepted key, and
 * GET /sapi/v1/account/apiRestrictions, what the key itself may do.
 * Flow: signed request -> here -> balances as decimal strings, rights as flags.
 */

import type { IncomingMessage } from 'node:http';
import { stamp } from '../wire/payloads.ts';
import type { RestContext } from './market-endpoints.ts';
import { ok, type Reply } from './reply.ts';
import type { SignedEndpoint } from './rest-server.ts';
import { type ApiKey, checkSigned } from './signed-request.ts';

export interface AccountOptions {
  readonly keys: readonly ApiKey[];
  readonly balances: readonly Balance[];
  readonly canTrade?: boolean;
}

export interface Balance {
  readonly asset: string;
  readonly free: string;
  readonly locked: string;
}

const WEIGHT = 20;
const RESTRICTIONS_WEIGHT = 1;
const RIGHTS = [
  'enableWithdrawals',
  'enableInternalTransfer',
  'permitsUniversalTransfer',
  'enableVanillaOptions',
  'enableMargin',
  'enableFutures',
  'enablePortfolioMarginTrading',
  'enableFixApiTrade',
  'enableSpotAndMarginTrading',
] as const;
const NO_FEES = '0.00000000';

export function signedEndpoints(account: AccountOptions): ReadonlyMap<string, SignedEndpoint> {
  return new Map([
    ['/api/v3/account', walletEndpoint(account)],
    ['/sapi/v1/account/apiRestrictions', restrictionsEndpoint(account)],
  ]);
}

function keyOf(request: IncomingMessage): string | undefined {
  const apiKey = request.headers['x-mbx-apikey'];
  return typeof apiKey === 'string' ? apiKey : undefined;
}

function refusalOf(
  account: AccountOptions,
  request: IncomingMessage,
  query: string,
  context: RestContext,
): Reply | undefined {
  return checkSigned(keyOf(request), query, account.keys, context.statedUs / 1000);
}

function restrictionsEndpoint(account: AccountOptions): SignedEndpoint {
  return {
    weight: RESTRICTIONS_WEIGHT,
    handle(request, query, context) {
      const refusal = refusalOf(account, request, query, context);
      if (refusal !== undefined) return refusal;
      const key = account.keys.find(({ apiKey }) => apiKey === keyOf(request));
      const granted = new Set(key?.rights);
      const flags = RIGHTS.map((name) => [name, granted.has(name)] as const);
      const reading = { ipRestrict: false, createTime: 0, enableReading: true, enableFixReadOnly: false };
      return ok(JSON.stringify({ ...reading, ...Object.fromEntries(flags) }));
    },
  };
}

function walletEndpoint(account: AccountOptions): SignedEndpoint {
  return {
    weight: WEIGHT,
    handle(request, query, context) {
      const refusal = refusalOf(account, request, query, context);
      if (refusal !== undefined) return refusal;
      const hideZeros = new URLSearchParams(query).get('omitZeroBalances') === 'true';
      const shown = account.balances.filter(
        ({ free, locked }) => !hideZeros || Number(free) !== 0 || Number(locked) !== 0,
      );
      return ok(
        JSON.stringify({
          makerCommission: 0,
          takerCommission: 0,
          buyerCommission: 0,
          sellerCommission: 0,
          commissionRates: { maker: NO_FEES, taker: NO_FEES, buyer: NO_FEES, seller: NO_FEES },
          canTrade: account.canTrade ?? false,
          canWithdraw: false,
          canDeposit: false,
          brokered: false,
          requireSelfTradePrevention: false,
          preventSor: false,
          updateTime: stamp(context.statedUs, context.micro),
          accountType: 'SPOT',
          balances: shown,
          permissions: ['SPOT'],
          uid: 1,
        }),
      );
    },
  };
}
