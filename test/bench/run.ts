/**
 * Runs every *.bench.ts beside it, prints one table, and with --write keeps it as the baseline.
 * Exit code 1 when a bar is missed.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchRow } from './bench-row.ts';

const only = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const files = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.bench.ts'))
  .filter((name) => only.length === 0 || only.some((wanted) => name.startsWith(wanted)))
  .sort();
const rows: (BenchRow & { file: string })[] = [];
for (const file of files) {
  const { bench } = (await import(join(import.meta.dirname, file))) as { bench: () => Promise<BenchRow[]> };
  for (const row of await bench()) {
    rows.push({ file, ...row });
    const figures = `${row.value.toPrecision(4)} ${row.unit} against ${row.rivalValue.toPrecision(4)} (${row.rival})`;
    console.log(
      `${row.met ? 'met   ' : 'MISSED'} ${file}: ${row.name}: ${figures}, ratio ${row.ratio.toPrecision(3)}; ${row.bar}`,
    );
  }
}
if (process.argv.includes('--write'))
  writeFileSync(join(import.meta.dirname, 'baseline.json'), `${JSON.stringify(rows, null, 2)}\n`);
process.exit(rows.every((row) => row.met) ? 0 : 1);
