/** An explained VaR is an audited answer like any other: its lineage gives every figure again, tail included. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createExchange } from '#exchange/exchange.ts';
import { startService } from '../support/running-service.ts';
import { tempDir } from '../support/temp-dir.ts';

const RECOMPUTE = join(import.meta.dirname, '../../src/cli/recompute.ts');
const LONG = { symbol: 'BTCUSDT', quantity: '1' };
const HEDGED = [LONG, { symbol: 'ETHUSDT', quantity: '-4' }];

it('an explained VaR of one symbol and of two is computed again to the last bit', async () => {
  using dir = tempDir('explained');
  const exchange = await createExchange({ symbols: ['BTCUSDT', 'ETHUSDT'], tradesPerSecond: 20 });
  const service = await startService({
    exchange,
    dataDir: dir.path,
    env: { SYMBOLS: 'BTCUSDT,ETHUSDT', BAR_INTERVALS: '1h', DRAIN_MS: '0' },
  });
  try {
    await service.ready();
    await expect
      .poll(async () => (await service.post('/v1/var', { positions: HEDGED })).status, { timeout: 20_000 })
      .toBe(200);
    const lineages: string[] = [];
    for (const positions of [[LONG], HEDGED]) {
      const made = await service.post('/v1/portfolios', { name: 'explained', positions });
      const { id } = (await made.json()) as { id: string };
      const told = await service.get(`/v1/portfolios/${id}/var/explain?horizon=PT4H`);
      lineages.push(((await told.json()) as { lineageId: string }).lineageId);
    }
    expect(await service.stop()).toBe(0);
    for (const lineage of lineages) {
      const command = [RECOMPUTE, '--lineage', lineage, '--data-dir', dir.path];
      const output = execFileSync(process.execPath, command, { encoding: 'utf8' });
      expect(output).toContain('the same to the last bit');
      expect(output).toMatch(/same .*tail\.4\.items\.0\.pnl/);
    }
  } finally {
    service.child.kill('SIGKILL');
    await service.exited;
    await exchange.close();
  }
});
