/**
 * The result as text: one table per level with every test, one of densities, one of comparisons.
 */
import type { Comparison } from '#domain/backtest/comparison.ts';
import type { CoverageReport } from '#domain/backtest/coverage-report.ts';
import type { Scorecard } from '#domain/backtest/scorecard.ts';
import type { TestResult } from '#domain/backtest/test-result.ts';
import { percentLabel } from './forecast-csv.ts';

export type Table = { readonly title: string; readonly header: readonly string[]; readonly rows: string[][] };

export function resultTables(cards: readonly Scorecard[], comparisons: readonly Comparison[]): Table[] {
  const levels = cards[0]?.levels ?? [];
  return [
    ...levels.map((level, index) => coverageTable(level, index, cards)),
    densityTable(cards),
    ...comparisons.map(comparisonTable),
  ];
}

function coverageTable(level: CoverageReport, index: number, cards: readonly Scorecard[]): Table {
  const expected = (level.forecasts * level.probability).toFixed(1);
  return {
    title: `VaR and ES at ${percentLabel(level.confidence)} %: ${expected} exceedances expected in ${level.forecasts}; p-values`,
    header: [
      'forecaster',
      'hits',
      'rate %',
      'light',
      'kupiec',
      'binomial',
      'indep.',
      'cond.',
      'dq',
      'z1',
      'z2',
      'z3',
      'mcneil-frey',
      'e-var',
      'e-es',
      'e-wide',
      'fz0',
      'tick %',
    ],
    rows: cards.map(({ name, levels }) => {
      const report = levels[index]!;
      return [
        name,
        String(report.hits),
        (100 * report.hitRate).toFixed(2),
        report.trafficLight.zone,
        pValue(report.kupiec),
        pValue(report.binomial),
        pValue(report.independence),
        pValue(report.conditional),
        pValue(report.dq),
        pValue(report.z1),
        pValue(report.z2),
        pValue(report.z3),
        pValue(report.exceedanceResidual),
        wealth(report.varTooSmall.peak),
        report.esTooSmall === undefined ? '-' : wealth(report.esTooSmall.peak),
        wealth(report.varTooLarge.peak),
        report.fz0.toFixed(4),
        (100 * report.tickLoss).toFixed(5),
      ];
    }),
  };
}

function densityTable(cards: readonly Scorecard[]): Table {
  return {
    title: 'Whole law: p-values of the PITs, calibration accuracy with its 90 % null band, verdict',
    header: ['forecaster', 'ks', 'berkowitz', 'log score', 'accuracy', 'null band', 'accurate'],
    rows: cards.map(({ name, ks, berkowitz, logScore, calibration, verdict }) => [
      name,
      pValue(ks),
      pValue(berkowitz),
      logScore === undefined ? '-' : logScore.toFixed(4),
      calibration === undefined ? '-' : calibration.accuracy.toFixed(2),
      calibration === undefined ? '-' : calibration.nullBand.map((edge) => edge.toFixed(1)).join(' to '),
      verdict.met ? 'yes' : `no: ${verdict.reasons.join('; ')}`,
    ]),
  };
}

function comparisonTable({ confidence, rows }: Comparison): Table {
  return {
    title: `FZ0 at ${percentLabel(confidence)} %: ${rows[0]?.name ?? ''} less each (below zero: better), Diebold-Mariano, confidence set`,
    header: ['forecaster', 'fz0', 'difference', 'dm', 'dm p', 'set p'],
    rows: rows.map(({ name, fz0, difference, dieboldMariano, confidenceSetP }, index) => [
      name,
      fz0.toFixed(4),
      index === 0 ? '-' : difference.toFixed(4),
      dieboldMariano?.statistic == null ? '-' : dieboldMariano.statistic.toFixed(2),
      dieboldMariano === undefined ? '-' : pValue(dieboldMariano),
      confidenceSetP.toFixed(3),
    ]),
  };
}

export function pValue(result: TestResult): string {
  if (result.pValue === null) return '-';
  return result.pValue < 0.001 ? '<.001' : result.pValue.toFixed(3);
}

function wealth(value: number): string {
  return value >= 1e4 ? value.toExponential(0) : value.toFixed(1);
}

/** Columns padded to their widest cell: names to the left, figures to the right, the last column free. */
export function renderTable({ title, header, rows }: Table): string {
  const all = [[...header], ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const lines = all.map((row) =>
    row
      .map((cell, column) =>
        column === 0
          ? cell.padEnd(widths[column]!)
          : column === row.length - 1
            ? cell
            : cell.padStart(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  );
  return [title, ...lines].join('\n');
}
