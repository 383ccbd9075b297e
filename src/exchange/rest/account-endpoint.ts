/**
 * GET /api/v3/account: one wallet for every accepted key.
 * Flow: signed request -> here -> balances as decimal strings.
 */

import { stamp } from '../wire/payloads.ts';
import { ok } from './reply.ts';
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
const NO_FEES = '0.00000000';

export function accountEndpoint(account: AccountOptions): SignedEndpoint {
  return {
    weight: WEIGHT,
    handle(request, query, context) {
      const apiKey = request.headers['x-mbx-apikey'];
      const nowMs = context.statedUs / 1000;
      const refusal = checkSigned(
        typeof apiKey === 'string' ? apiKey : undefined,
        query,
        account.keys,
        nowMs,
      );
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
