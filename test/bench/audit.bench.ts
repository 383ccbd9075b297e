/**
 * What it costs to keep answers: POST /v1/var of a book of ten over fitted models, with an audit entry that is
 * durable before the answer leaves and the lineage to compute it again; with that for one in a hundred and all
 * in a digest; and with neither. In SQLite, and in a PostgreSQL on this machine where there is one. The three
 * take turns in one run, with more clients than the service can serve at once, and are measured while all of them
 * ask: neither the first questions of a turn nor its last answers, when fewer and fewer wait, are in it. The figure
 * is requests per CPU-second of the whole server process, threads included: SQLite's work is in it, that of
 * PostgreSQL's own processes is not (the wall figure has it, since here they share the machine).
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Pool } from 'undici';
import { bearer, READ_TOKEN } from '../support/http-app.ts';
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts';
import type { BenchRow } from './bench-row.ts';

const SYMBOLS = 10;
const CONNECTIONS = 128;
const ROUNDS = 41;
const LEAD_MS = 150;
const ROUND_MS = 400;

/** Every book is another one, so every answer has a lineage of its own. */
function request(turn: number) {
  const quantity = (index: number): string => String((index + 1) / 7 + turn / 1e6);
  return {
    method: 'POST' as const,
    path: '/v1/var',
    headers: { ...bearer(READ_TOKEN), 'content-type': 'application/json' },
    body: JSON.stringify({
      positions: Array.from({ length: SYMBOLS }, (_, index) => ({
        symbol: `COIN${index}USDT`,
        quantity: quantity(index),
      })),
      horizon: ['PT1H'],
    }),
  };
}

const MODES = ['plain', 'every', 'digest'] as const;
type Mode = (typeof MODES)[number];
const KEPT = { every: 'every answer', digest: 'a hundredth and a digest' };

interface Load {
  readonly answers: number;
  readonly perCpuSecond: number;
  readonly perSecond: number;
}

export async function bench(): Promise<BenchRow[]> {
  const embedded = await measured('SQLite', []);
  let postgres: TestPostgres;
  try {
    postgres = await startPostgres();
  } catch (error) {
    console.error(`SKIPPED audit in PostgreSQL: none could be started here: ${(error as Error).message}`);
    return embedded;
  }
  try {
    return [...embedded, ...(await measured('PostgreSQL', [await postgres.database()]))];
  } finally {
    await postgres.close();
  }
}

async function measured(store: string, extra: readonly string[]): Promise<BenchRow[]> {
  const program = join(import.meta.dirname, '../support/audit-bench-server.ts');
  const server = fork(program, [String(SYMBOLS), ...extra], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [urls] = (await once(server, 'message')) as [Record<Mode, string>];
  const poolOf = (mode: Mode): Pool => new Pool(urls[mode], { connections: CONNECTIONS });
  const pools: Record<Mode, Pool> = {
    plain: poolOf('plain'),
    every: poolOf('every'),
    digest: poolOf('digest'),
  };

  async function usage(): Promise<{ readonly cpuUs: number; readonly entries: number }> {
    server.send('usage');
    const [message] = (await once(server, 'message')) as [{ cpuUs: number; entries: number }];
    return message;
  }

  let turn = 0;
  async function load(pool: Pool): Promise<Load> {
    let answered = 0;
    let asking = true;
    const client = async (): Promise<void> => {
      while (asking) {
        const { statusCode, body } = await pool.request(request(turn++));
        await body.dump();
        if (statusCode !== 200) throw new Error(`status ${statusCode}`);
        answered++;
      }
    };
    const mark = async () => ({ cpuUs: (await usage()).cpuUs, answered, atMs: performance.now() });
    const clients = Promise.all(Array.from({ length: CONNECTIONS }, client));
    await Promise.race([setTimeout(LEAD_MS), clients]);
    const from = await mark();
    await Promise.race([setTimeout(ROUND_MS), clients]);
    const to = await mark();
    asking = false;
    await clients;
    const answers = to.answered - from.answered;
    return {
      answers,
      perCpuSecond: (answers * 1e6) / (to.cpuUs - from.cpuUs),
      perSecond: (answers * 1e3) / (to.atMs - from.atMs),
    };
  }

  try {
    const rounds: Record<Mode, Load>[] = [];
    for (let round = -1; round < ROUNDS; round++) {
      const kept = (await usage()).entries;
      const loads = {} as Record<Mode, Load>;
      // Forwards and backwards by turns, so that no mode always follows the same other.
      for (const mode of round % 2 === 0 ? MODES : MODES.toReversed()) loads[mode] = await load(pools[mode]);
      if ((await usage()).entries - kept < loads.every.answers)
        throw new Error('not every answer was audited');
      if (round >= 0) rounds.push(loads);
    }
    return (['every', 'digest'] as const).flatMap((mode) =>
      (['perCpuSecond', 'perSecond'] as const).map((figure) => {
        const value = median(rounds.map((round) => round[mode][figure]));
        const rivalValue = median(rounds.map(({ plain }) => plain[figure]));
        // Of neighbouring rounds, so that what else the machine does hits all sides alike.
        const ratio = median(rounds.map((round) => round[mode][figure] / round.plain[figure]));
        return {
          name: `POST /v1/var of ten assets, ${KEPT[mode]} audited in ${store}, ${figure === 'perSecond' ? 'wall' : 'CPU'}`,
          value,
          unit: figure === 'perSecond' ? 'requests/s' : 'requests per CPU-second',
          rival: 'the same without audit and store',
          rivalValue,
          ratio,
          bar: 'ratio >= 0.85',
          met: ratio >= 0.85,
        };
      }),
    );
  } finally {
    await Promise.all(Object.values(pools).map((pool) => pool.close()));
    server.disconnect();
    await once(server, 'exit');
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
