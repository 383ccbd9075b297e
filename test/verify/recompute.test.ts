/**
 * Any audited answer can be computed again from its lineage id, bit for bit, by a command that knows nothing
 * but the store: across live bars, joint books, other seeds and comparison methods. A changed input is found.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExchange, type Exchange } from '#exchange/exchange.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];
const POSITIONS = [
  { symbol: 'BTCUSDT', quantity: '0.5' },
  { symbol: 'ETHUSDT', quantity: '-4' },
  { symbol: 'SOLUSDT', notional: '10000' },
];
const WHOLE = { positions: POSITIONS, confidence: [0.95, 0.99], contributions: true };
const QUESTIONS = {
  'a book over three intervals': { ...WHOLE, horizon: ['PT5M', 'PT1H', 'P1D'] },
  'a horizon between the tabulated ones': { ...WHOLE, horizon: ['PT7M'] },
  'another seed': { ...WHOLE, horizon: ['PT1H'], seed: 77 },
  'one asset': { positions: POSITIONS.slice(0, 1), confidence: [0.975], horizon: ['PT5M'] },
  'stressed window': { ...WHOLE, horizon: ['PT1H'], method: 'stressed', contributions: false },
  'filtered historical simulation': { ...WHOLE, horizon: ['PT1H'], method: 'fhs', contributions: false },
};

interface Answer {
  readonly lineageId: string;
  readonly dataAsOfMs: number;
  readonly model: { readonly hash: string };
  readonly results: readonly {
    readonly var: { readonly estimate: number };
    readonly window?: { readonly startMs: number; readonly endMs: number; readonly runs: number };
  }[];
  readonly quality: { readonly reasons: readonly string[] };
}

let exchange: Exchange;
let folder: TempDir;
let service: RunningService;
const asked = new Map<string, Answer>();
/** One answer of one asset for every state that was published meanwhile. */
const states = new Map<string, Answer>();

async function ask(question: unknown): Promise<Answer> {
  const reply = await service.post('/v1/var', question);
  const body = (await reply.json()) as Answer;
  expect(reply.status, JSON.stringify(body)).toBe(200);
  return body;
}

async function recompute(lineageId: string): Promise<{ code: number; output: string }> {
  const child = spawn(
    process.execPath,
    [
      join(import.meta.dirname, '../../src/cli/recompute.ts'),
      '--lineage',
      lineageId,
      '--data-dir',
      folder.path,
    ],
    { env: { PATH: process.env['PATH'] }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  const [code] = (await once(child, 'exit')) as [number];
  return { code, output };
}

beforeAll(async () => {
  exchange = await createExchange({ symbols: SYMBOLS, tradesPerSecond: 20 });
  folder = tempDir('recompute');
  service = await startService({
    exchange,
    dataDir: folder.path,
    env: { BAR_INTERVALS: '1m,1h,1d', SYMBOLS: SYMBOLS.join() },
  });
  await service.ready(240_000);
  const first = await ask(QUESTIONS['one asset']);
  asked.set('right after the start', first);
  // Two live bars make sure that a replay has something to see.
  const deadline = performance.now() + 240_000;
  for (;;) {
    const answer = await ask(QUESTIONS['one asset']);
    states.set(answer.model.hash, answer);
    if (answer.dataAsOfMs >= first.dataAsOfMs + 120_000) break;
    if (performance.now() > deadline) throw new Error('no live bars were seen');
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  for (const [name, question] of Object.entries(QUESTIONS)) asked.set(name, await ask(question));
  const audit = (await (await service.get('/v1/audit?action=var.answered&limit=1000')).json()) as {
    items: { subject: string }[];
  };
  const audited = new Set(audit.items.map(({ subject }) => subject));
  for (const { lineageId } of asked.values()) expect(audited).toContain(lineageId);
  expect(await service.stop()).toBe(0);
});
afterAll(async () => {
  service.child.kill('SIGKILL');
  await service.exited;
  await exchange.close();
  folder[Symbol.dispose]();
});

describe('npm run recompute', () => {
  it.each(['right after the start', ...Object.keys(QUESTIONS)])(
    '%s: the same to the last bit',
    async (name) => {
      const { lineageId, results } = asked.get(name)!;
      const { code, output } = await recompute(lineageId);
      expect(output).toContain('the same to the last bit');
      expect(output).toContain(`lineage id  ${lineageId}\nrecomputed  ${lineageId}\n`);
      for (const result of results) expect(output).toContain(`var.estimate: ${result.var.estimate} `);
      expect(code).toBe(0);
    },
  );

  it('a stressed answer names its window over the wire, and that it is less than a year', () => {
    const { results, quality } = asked.get('stressed window')!;
    for (const { window } of results) {
      expect(window?.runs).toBeGreaterThanOrEqual(250);
      expect(window!.endMs - window!.startMs).toBeGreaterThanOrEqual(250 * 3_600_000);
    }
    expect(quality.reasons).toContainEqual(expect.stringContaining('less than a year'));
  });

  it('an unknown id is an error of its own', async () => {
    const { code, output } = await recompute('0'.repeat(64));
    expect(output).toContain('no lineage record is kept');
    expect(code).toBe(2);
  });

  it('a changed bar gives other figures, and a changed model state is refused', async () => {
    const database = new DatabaseSync(join(folder.path, 'store.db'));
    const { changes } = database
      .prepare("update seen_bars set close = close * 1.001 where symbol = 'BTCUSDT' and interval_ms = 60000")
      .run();
    database.close();
    expect(changes).toBeGreaterThan(0);
    // A fit leaves nothing to replay to an answer that came right after it; among all states some replay a bar.
    const codes: number[] = [];
    for (const answer of states.values()) {
      const { code, output } = await recompute(answer.lineageId);
      codes.push(code);
      if (code === 1) expect(output).toContain('DIFFERS');
    }
    expect(new Set(codes)).toContain(1);
    expect(codes.every((code) => code <= 1)).toBe(true);

    const again = new DatabaseSync(join(folder.path, 'store.db'));
    again.exec('update model_bases set image = zeroblob(length(image))');
    again.close();
    const refused = await recompute(asked.get('one asset')!.lineageId);
    expect(refused.output).toContain('was changed');
    expect(refused.code).toBe(2);
  });
});
