/**
 * Three HTTP applications over one valuation cycle with fitted models: one audits every answer into a store
 * before it leaves and keeps its lineage, one does so for one in a hundred and has all of them in a digest, one
 * keeps nothing. For the bench of what keeping costs. The store is SQLite, or the PostgreSQL that the second
 * argument names.
 * Talks over IPC: sends { plain, every, digest } once, and its CPU time whenever it is asked. Units: microseconds.
 */
import { randomBytes } from 'node:crypto';
import { AnswerAudit } from '../../src/engine/audit-answers.ts';
import { AuditLog } from '../../src/engine/audit-log.ts';
import { LineageKeeper } from '../../src/engine/lineage-keeper.ts';
import type { RiskEngine } from '../../src/engine/risk-engine.ts';
import { createValuationCycle } from '../../src/engine/valuation-cycle.ts';
import { keepHeapsSmall } from '../../src/service/heap-growth.ts';
import { openStore } from '../../src/store/open-store.ts';
import { helpersStandBack } from '../../src/worker/thread-priority.ts';
import { createFakeRiskEngine } from './fake-risk-engine.ts';
import { testApp } from './http-app.ts';
import { syntheticBars } from './synthetic-bars.ts';
import { tempDir } from './temp-dir.ts';

// As main.ts does.
keepHeapsSmall();
helpersStandBack();

const HOUR = 3_600_000;
const BARS = 400;
const SYMBOLS = Number(process.argv[2] ?? 10);
const postgresUrl = process.argv[3];
const startMs = Math.floor(Date.now() / HOUR - BARS) * HOUR;
const symbols = Array.from({ length: SYMBOLS }, (_, index) => `COIN${index}USDT`);
const bars = syntheticBars({ seed: 1, symbols: SYMBOLS, bars: BARS, intervalMs: HOUR, startMs });
const plan = { symbols, intervalsMs: [HOUR], particles: 128, seed: 1, fitBars: BARS };
let lineage: LineageKeeper | undefined;
const cycle = createValuationCycle({
  ...plan,
  currency: 'USDT',
  threads: 1,
  now: Date.now,
  onEvent: (event) => {
    if (event.kind === 'answered') lineage?.answered(event.answer, event.task, event.epochs);
  },
});
for (const [index, own] of bars.entries()) cycle.loadHistory(index, HOUR, own);
await cycle.start();

const prices = bars.map((own) => own.at(-1)!.close);
const quality = { status: 'fresh', maxAgeMs: 0, gaps: [], excluded: [], reasons: [] } as const;
const fake = createFakeRiskEngine();
const engine: RiskEngine = {
  ...fake,
  valueAtRisk: (query, { signal }) =>
    cycle.valueAtRisk(query, { prices, quality, provenance: 'synthetic', ...(signal && { signal }) }),
};

const dir = tempDir('audit-bench');
const store = await openStore({
  dataDir: dir.path,
  ...(postgresUrl !== undefined && {
    postgres: { url: postgresUrl },
    encryptionKeys: `bench:${randomBytes(32).toString('base64')}`,
  }),
});
const lose = (_count: number, error: Error): never => {
  throw error;
};
lineage = new LineageKeeper({
  inputs: store.lineageInputs,
  instance: 'bench',
  plan,
  machine: cycle,
  now: Date.now,
  onLost: lose,
});
lineage.published(HOUR);
const trail = new AuditLog({ entries: store.audit, chain: 'bench' });
async function auditing(share: number): Promise<string> {
  const answers = new AnswerAudit({ trail, share, lineage: lineage!, onLost: lose });
  const { app } = await testApp({}, { engine, answers: (answer, caller) => answers.record(answer, caller) });
  return app.listen({ port: 0, host: '127.0.0.1' });
}
const plain = await testApp({}, { engine });
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuUs: user + system, entries: (trail.head?.seq ?? -1) + 1 });
});
process.on('disconnect', () => {
  dir[Symbol.dispose]();
  process.exit(0);
});
process.send?.({
  plain: await plain.app.listen({ port: 0, host: '127.0.0.1' }),
  every: await auditing(1),
  digest: await auditing(0.01),
});
