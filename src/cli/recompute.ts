/**
 * Computes an audited answer again from its lineage id and compares every figure to the last bit.
 *   npm run recompute -- --lineage ID [--data-dir .data]
 *   npm run recompute -- --lineage ID --database postgres://...   (or DATABASE_URL, with ENCRYPTION_KEYS)
 * The embedded store has one owner: stop the service first, or give a copy of its folder.
 * Exit codes: 0 the same to the last bit, 1 something differs, 2 it could not be computed.
 */
import { parseArgs } from 'node:util';
import type { RiskResult } from '#domain/measure/risk-answer.ts';
import { type Recomputation, recompute } from '#engine/lineage-replay.ts';
import { openStore, type StoreOptions } from '#store/open-store.ts';

function storeAt(database: string | undefined, dataDir: string): StoreOptions {
  const keys = process.env['ENCRYPTION_KEYS'] ?? process.env['ENCRYPTION_KEY'];
  const common = { dataDir, instance: 'recompute', ...(keys !== undefined && { encryptionKeys: keys }) };
  return database === undefined ? common : { ...common, postgres: { url: database } };
}

/** Every number of a result, in an order that depends on nothing but the result. */
function figuresOf({ confidence, horizonMs, ...result }: RiskResult): Map<string, number> {
  const figures = new Map<string, number>();
  const collect = (name: string, value: unknown): void => {
    if (typeof value === 'number') figures.set(name, value);
    else if (value !== null && typeof value === 'object')
      for (const [key, inner] of Object.entries(value)) collect(`${name}.${key}`, inner);
  };
  for (const [key, value] of Object.entries(result)) collect(`${confidence} ${horizonMs} ms ${key}`, value);
  return figures;
}

function print({ same, lineageId, recomputedId, kept, recomputed }: Recomputation): void {
  console.log(`lineage id  ${lineageId}\nrecomputed  ${recomputedId}`);
  let compared = 0;
  kept.forEach((result, index) => {
    const again = recomputed[index] === undefined ? undefined : figuresOf(recomputed[index]);
    for (const [name, value] of figuresOf(result)) {
      compared++;
      const other = again?.get(name);
      const verdict = Object.is(value, other) ? 'same' : 'DIFFERS';
      console.log(`${verdict.padEnd(8)}${name}: ${value} ${other ?? 'missing'}`);
    }
  });
  console.log(same ? `ok: ${compared} figures, the same to the last bit` : 'DIFFERENT');
}

async function run(): Promise<number> {
  const { values } = parseArgs({
    options: {
      lineage: { type: 'string' },
      database: { type: 'string' },
      'data-dir': { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  if (values.lineage === undefined) throw new Error('--lineage takes the id of an answer');
  const database =
    values.database ?? (values['data-dir'] === undefined ? process.env['DATABASE_URL'] : undefined);
  const store = await openStore(storeAt(database, values['data-dir'] ?? process.env['DATA_DIR'] ?? '.data'));
  try {
    const { lineages, lineageInputs } = store;
    const verdict = await recompute(values.lineage, { lineages, inputs: lineageInputs });
    if (values.json) console.log(JSON.stringify(verdict));
    else print(verdict);
    return verdict.same ? 0 : 1;
  } finally {
    await store.close();
  }
}

try {
  process.exitCode = await run();
} catch (error) {
  console.error(`the answer could not be computed again: ${(error as Error).message}`);
  process.exitCode = 2;
}
