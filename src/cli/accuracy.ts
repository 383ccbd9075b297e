/**
 * `npm run accuracy`: the engine against its four peers over every series of a folder, one configuration for
 * all, and the accuracy bars counted. Finished series are kept, so an interrupted study goes on.
 * Exit codes: 0 every bar met; 4 a bar missed; 1 internal error; 2 wrong arguments;
 * 3 a file that cannot be used; 130 interrupted.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { judgeBars } from './accuracy/accuracy-bars.ts';
import { renderStudy } from './accuracy/accuracy-table.ts';
import { LEAST_RETURNS, type SeriesStudy, studySeries } from './accuracy/series-study.ts';
import { findSeries } from './accuracy/study-series.ts';
import { InputError } from './backtest/input-error.ts';

const USAGE = `npm run accuracy -- [options]

  --data DIR        folder of market files, searched through (default ../shared/data/market)
  --out FILE        the table as a text file too
  --forecasts N     at most the last N forecasts of each series (default 8000)
  --only PATTERN    series whose name matches
  --wide            every column of the wide files as a series of its own
  --members         let every member of the pool forecast alone too
  --jobs N          worker threads (default 2)
  --particles N     particles per model (default 512)
  --cache DIR       where finished series are kept (default .data/accuracy)`;

const ROOT = join(import.meta.dirname, '../..');

function options() {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    options: {
      data: text,
      out: text,
      forecasts: text,
      only: text,
      jobs: text,
      particles: text,
      cache: text,
      wide: flag,
      members: flag,
      help: flag,
    },
  });
  const count = (name: string, given: string | undefined, usual: number) => {
    const value = given === undefined ? usual : Number(given);
    if (!Number.isInteger(value) || value < 1) throw new InputError(`--${name} "${given}" is no count`);
    return value;
  };
  return {
    help: values.help === true,
    data: values.data ?? join(ROOT, '../shared/data/market'),
    out: values.out,
    only: new RegExp(values.only ?? ''),
    wide: values.wide === true,
    study: {
      most: count('forecasts', values.forecasts, 8000),
      jobs: count('jobs', values.jobs, 2),
      particles: count('particles', values.particles, 512),
      members: values.members === true,
      cache: values.cache ?? join(ROOT, '.data/accuracy'),
    },
  };
}

async function main(): Promise<number> {
  let chosen: ReturnType<typeof options>;
  try {
    chosen = options();
    if (chosen.help) {
      console.log(USAGE);
      return 0;
    }
    if (!existsSync(chosen.data)) throw new InputError(`there is no folder ${chosen.data}: give --data`);
  } catch (error) {
    console.error(`error: ${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  const series = findSeries(chosen.data, chosen.wide).filter(({ name }) => chosen.only.test(name));
  const studies: SeriesStudy[] = [];
  for (const [index, one] of series.entries()) {
    const started = performance.now();
    try {
      const study = await studySeries(one, chosen.study, interrupt.signal);
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      const outcome =
        study === undefined
          ? `left out, fewer than ${LEAST_RETURNS} returns`
          : `${study.forecasts} forecasts in ${seconds} s`;
      console.error(`${index + 1}/${series.length} ${one.name}: ${outcome}`);
      if (study !== undefined) studies.push(study);
    } catch (error) {
      if (!interrupt.signal.aborted) throw error;
      console.error('interrupted: finished series are kept, run again to go on');
      return 130;
    }
  }
  const text = renderStudy(studies);
  console.log(text);
  if (chosen.out !== undefined) writeFileSync(chosen.out, `${text}\n`);
  return judgeBars(studies).every(({ met }) => met) ? 0 : 4;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 3;
}
