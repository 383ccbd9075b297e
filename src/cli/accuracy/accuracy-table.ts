/**
 * The accuracy study as text: per series and level the pool beside the four peers, then the bars.
 */
import { formatInterval } from '../backtest/bar-clock.ts';
import { percentLabel } from '../backtest/forecast-csv.ts';
import { renderTable, type Table } from '../backtest/summary-table.ts';
import { againstBest, judgeBars, named, PEERS } from './accuracy-bars.ts';
import type { SeriesStudy } from './series-study.ts';

export function renderStudy(studies: readonly SeriesStudy[]): string {
  const tables = [...[0.975, 0.99].map((level) => levelTable(studies, level)), calibrationTable(studies)];
  const bars = judgeBars(studies);
  const lines = bars.map(
    ({ bar, name, actual, target, met, missed }) =>
      `${met ? 'met   ' : 'MISSED'} bar ${bar}: ${name}: ${actual}, target ${target}${missed.length === 0 ? '' : `; not on ${missed.join(', ')}`}`,
  );
  const count = [1, 2, 3].filter((bar) => bars.filter((one) => one.bar === bar).every(({ met }) => met));
  return [
    ...tables.map(renderTable),
    lines.join('\n'),
    `${count.length} of the 3 accuracy bars met over ${studies.length} series`,
  ].join('\n\n');
}

function levelTable(studies: readonly SeriesStudy[], confidence: number): Table {
  const cell = (study: SeriesStudy, name: string) => {
    const level = named(study, name).levels.find((one) => one.confidence === confidence)!;
    return `${level.fz0.toFixed(4)} (${((100 * level.hits) / study.forecasts).toFixed(2)})`;
  };
  return {
    title: `FZ0 on percent log returns at ${percentLabel(confidence)} % (hits in %); p-values are the pool's; gain = best peer less pool`,
    header: ['series', 'bar', 'forecasts', 'bayes', ...PEERS, 'gain', 'binomial', 'cond.', 'dq'],
    rows: studies.map((study) => {
      const level = study.forecasters[0]!.levels.find((one) => one.confidence === confidence)!;
      return [
        study.name,
        formatInterval(study.intervalMs),
        String(study.forecasts),
        cell(study, 'bayes'),
        ...PEERS.map((peer) => cell(study, peer)),
        (-againstBest(study, PEERS, confidence)).toFixed(4),
        ...[level.binomial, level.conditional, level.dq].map((p) => (p === null ? '-' : p.toFixed(3))),
      ];
    }),
  };
}

function calibrationTable(studies: readonly SeriesStudy[]): Table {
  const names = studies[0]?.members ?? [];
  return {
    title:
      'Calibration accuracy and mean log score of the pool; FZ0 at 97.5 % of each member where it forecast alone',
    header: ['series', 'accuracy', 'log score', 'mle log score', ...names, ''],
    rows: studies.map((study) => {
      const pool = study.forecasters[0]!;
      const member = (name: string) =>
        named(study, name)
          .levels.find(({ confidence }) => confidence === 0.975)!
          .fz0.toFixed(4);
      return [
        study.name,
        pool.accuracy?.toFixed(2) ?? '-',
        pool.logScore?.toFixed(4) ?? '-',
        named(study, 'mle').logScore?.toFixed(4) ?? '-',
        ...names.map(member),
        '',
      ];
    }),
  };
}
