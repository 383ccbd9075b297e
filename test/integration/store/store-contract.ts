/** What every store must do, whatever its database. Called once per dialect by the test files beside it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ForecastRow } from '#store/ports/forecasts.ts';
import type { Store } from '#store/ports/store.ts';
import { auditRow } from '../../support/audit-rows.ts';
import { governanceContract } from './governance-contract.ts';
import { lineageContract } from './lineage-contract.ts';
import { portfolioContract } from './portfolio-contract.ts';

const HOUR = 3_600_000;

function forecast(openTimeMs: number, symbol = 'BTCUSDT'): ForecastRow {
  return {
    symbol,
    intervalMs: HOUR,
    openTimeMs,
    issuedMs: openTimeMs - 1,
    modelVersion: 'v1',
    provenance: 'synthetic',
    confidences: [0.95, 0.99],
    var: [0.01, 0.02],
    es: [0.015, 0.03],
    law: [-0.02, 0, 0.02],
  };
}

export function storeContract(name: string, open: () => Promise<Store>): void {
  describe(`the store over ${name}`, () => {
    let store: Store;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(async () => {
      await store.close();
    });

    it('answers a ping and says it is well', async () => {
      expect(await store.ping()).toBe(true);
      expect(store.health()).toMatchObject({ dialect: name, status: 'ok', spooledRecords: 0 });
    });

    portfolioContract(() => store);

    describe('audit entries', () => {
      it('come back as they went in, in order, with the head behind them', async () => {
        const rows = Array.from({ length: 7 }, (_, seq) => auditRow('chain-a', seq));
        await store.audit.append(rows.slice(0, 4));
        await store.audit.append(rows.slice(4));
        expect(await store.audit.read('chain-a', 0, 100)).toEqual(rows);
        expect(await store.audit.read('chain-a', 5, 1)).toEqual([rows[5]]);
        expect(await store.audit.head('chain-a')).toEqual({ chain: 'chain-a', seq: 6, hash: rows[6]!.hash });
        expect(await store.audit.head('nobody')).toBeUndefined();
      });

      it('accept the same rows again and refuse others in their place', async () => {
        const row = auditRow('chain-b', 0);
        await store.audit.append([row]);
        await store.audit.append([row, auditRow('chain-b', 1)]);
        await expect(store.audit.append([{ ...row, hash: 'f'.repeat(64) }])).rejects.toThrow(
          /already holds other/,
        );
        expect((await store.audit.head('chain-b'))?.seq).toBe(1);
      });

      it('are found by action, actor, correlation id and time, newest first, page by page', async () => {
        const rows = Array.from({ length: 5 }, (_, seq) => ({
          ...auditRow('chain-c', seq, 1_000 + seq),
          actor: 'carol',
        }));
        await store.audit.append(rows);
        const page = await store.audit.search({ actor: 'carol', fromMs: 1_001, limit: 2 });
        expect(page.map(({ seq }) => seq)).toEqual([4, 3]);
        const next = await store.audit.search({ actor: 'carol', fromMs: 1_001, limit: 9, before: page[1]! });
        expect(next.map(({ seq }) => seq)).toEqual([2, 1]);
        expect(await store.audit.search({ correlationId: 'c2', actor: 'carol', limit: 9 })).toEqual([
          rows[2],
        ]);
      });

      it('lose only whole prefixes to retention, behind a checkpoint', async () => {
        await store.audit.append(
          Array.from({ length: 6 }, (_, seq) => auditRow('chain-d', seq, 10_000 + seq)),
        );
        await store.retention.apply({ auditMs: 97 }, 10_100);
        const kept = await store.audit.read('chain-d', 0, 100);
        expect(kept.map(({ seq }) => seq)).toEqual([3, 4, 5]);
        const checkpoint = (await store.audit.checkpoints()).find(({ chain }) => chain === 'chain-d');
        expect(checkpoint).toMatchObject({ seq: 2, hash: kept[0]!.previousHash });
      });
    });

    describe('forecasts', () => {
      it('are scored once, and only the first outcome counts', async () => {
        await store.forecasts.issue([forecast(HOUR), forecast(2 * HOUR)]);
        await store.forecasts.issue([{ ...forecast(HOUR), modelVersion: 'late' }]);
        const outcome = {
          symbol: 'BTCUSDT',
          intervalMs: HOUR,
          openTimeMs: HOUR,
          scoredMs: 9,
          logReturn: -0.01,
          pit: 0.2,
        };
        await store.forecasts.score([outcome]);
        await store.forecasts.score([{ ...outcome, pit: 0.9 }]);
        await store.forecasts.score([{ ...outcome, openTimeMs: 77 * HOUR }]);
        const filter = { symbol: 'BTCUSDT', limit: 10 };
        expect(await store.forecasts.scored(filter)).toEqual([{ ...forecast(HOUR), ...outcome }]);
        expect(await store.forecasts.open(filter)).toEqual([forecast(2 * HOUR)]);
      });

      it('give the newest window, oldest first', async () => {
        const times = Array.from({ length: 6 }, (_, index) => (10 + index) * HOUR);
        await store.forecasts.issue(times.map((time) => forecast(time, 'ETHUSDT')));
        await store.forecasts.score(
          times.map((openTimeMs) => ({
            symbol: 'ETHUSDT',
            intervalMs: HOUR,
            openTimeMs,
            scoredMs: 1,
            logReturn: 0,
            pit: 0.5,
          })),
        );
        const window = await store.forecasts.scored({ symbol: 'ETHUSDT', limit: 3 });
        expect(window.map(({ openTimeMs }) => openTimeMs)).toEqual(times.slice(3));
      });
    });

    governanceContract(() => store);

    describe('tokens', () => {
      it('are found by hash alone and stay revoked', async () => {
        const token = {
          id: 't1',
          name: 'ci',
          scopes: ['read', 'audit'],
          createdMs: 1,
          createdBy: 'root',
        } as const;
        await store.tokens.add(token, 'ab'.repeat(32));
        expect(await store.tokens.find('ab'.repeat(32))).toEqual(token);
        expect(await store.tokens.find('cd'.repeat(32))).toBeUndefined();
        expect(await store.tokens.revoke('t1', 5)).toBe(true);
        expect(await store.tokens.revoke('t1', 6)).toBe(false);
        expect(await store.tokens.list()).toEqual([{ ...token, revokedMs: 5 }]);
      });
    });

    describe('idempotency keys', () => {
      const reply = { status: 201, body: '{"id":"x"}', contentType: 'application/json', location: '/v1/x' };
      const claim = (key: string, fingerprint: string, nowMs: number) =>
        store.idempotency.claim('caller', key, fingerprint, nowMs, 100, 1_000);

      it('run once, replay the first reply, refuse other requests', async () => {
        expect(await claim('k1', 'f', 0)).toEqual({ kind: 'fresh' });
        expect(await claim('k1', 'f', 50)).toEqual({ kind: 'running' });
        expect(await claim('k1', 'g', 50)).toEqual({ kind: 'mismatch' });
        await store.idempotency.finish('caller', 'k1', reply);
        expect(await claim('k1', 'f', 500)).toEqual({ kind: 'replay', reply });
        expect(await claim('k1', 'g', 2_000)).toEqual({ kind: 'fresh' });
      });

      it('are freed when abandoned or when their holder died', async () => {
        expect(await claim('k2', 'f', 0)).toEqual({ kind: 'fresh' });
        await store.idempotency.abandon('caller', 'k2');
        expect(await claim('k2', 'f', 1)).toEqual({ kind: 'fresh' });
        expect(await claim('k2', 'f', 101)).toEqual({ kind: 'fresh' });
      });

      it('let one of many at once through', async () => {
        const claims = await Promise.all(Array.from({ length: 10 }, () => claim('k3', 'f', 0)));
        expect(claims.filter(({ kind }) => kind === 'fresh')).toHaveLength(1);
      });
    });

    it('compliance transitions come back newest first, unknown actuals included', async () => {
      const transition = (id: string, atMs: number, actual: number | undefined) => ({
        id,
        rule: 'real-data',
        instance: 'i',
        atMs,
        from: 'pass',
        to: 'fail',
        actual,
        target: 1,
        evidence: '{}',
        escalated: true,
      });
      await store.compliance.record(transition('c1', 1, 0));
      await store.compliance.record(transition('c2', 2, undefined));
      expect(await store.compliance.list({ rule: 'real-data', limit: 5 })).toEqual([
        transition('c2', 2, undefined),
        transition('c1', 1, 0),
      ]);
      expect(await store.compliance.list({ sinceMs: 2, limit: 5 })).toHaveLength(1);
    });

    it('risk points give a range in time order', async () => {
      const point = (atMs: number) => ({
        portfolioId: 'p',
        atMs,
        rev: 1,
        confidence: 0.99,
        horizonMs: HOUR,
        value: 10,
        var: 1,
        es: 1.5,
        modelVersion: 'v',
        lineageId: 'l',
      });
      await store.riskPoints.keep([point(3), point(1), point(2), point(1)]);
      const range = await store.riskPoints.range({ portfolioId: 'p', fromMs: 1, toMs: 2, limit: 9 });
      expect(range).toEqual([point(1), point(2)]);
    });

    lineageContract(() => store);

    it('retention removes what is past its time and says how much', async () => {
      await store.riskPoints.keep([
        {
          portfolioId: 'old',
          atMs: 5,
          rev: 1,
          confidence: 0.99,
          horizonMs: HOUR,
          value: 1,
          var: 1,
          es: 1,
          modelVersion: 'v',
          lineageId: 'l',
        },
      ]);
      const { removed } = await store.retention.apply({ riskPointsMs: 10 }, 100);
      expect(removed['risk_points']).toBeGreaterThan(0);
      expect(await store.riskPoints.range({ portfolioId: 'old', fromMs: 0, toMs: 99, limit: 1 })).toEqual([]);
    });
  });
}
