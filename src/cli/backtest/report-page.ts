/**
 * The report: one HTML file with its style and plots inside, no script, nothing fetched. Equal results give
 * equal bytes.
 */
import type { Comparison } from '#domain/backtest/comparison.ts';
import type { ForecastTrack } from '#domain/backtest/forecast-track.ts';
import type { Scorecard } from '#domain/backtest/scorecard.ts';
import { percentLabel } from './forecast-csv.ts';
import { bandPlot, lossPlot, pitPlot, weightPlot } from './report-plots.ts';
import type { Table } from './summary-table.ts';
import { escapeHtml } from './svg-plot.ts';

export interface ReportContent {
  readonly source: string;
  readonly notes: readonly string[];
  readonly stamps: readonly string[];
  /** The pool first, then the peers. */
  readonly tracks: readonly ForecastTrack[];
  readonly cards: readonly Scorecard[];
  readonly comparisons: readonly Comparison[];
  readonly tables: readonly Table[];
  readonly weights: { readonly names: readonly string[]; readonly paths: readonly Float64Array[] };
}

const STYLE = `
:root{color-scheme:light dark;--ink:#1c2330;--paper:#fff;--soft:#e6e9ef;--c0:#1f5fbf;--c1:#c2410c;--c2:#0f7b5f;--c3:#8a4fbf;--c4:#a16207;--c5:#0e7490;--hit:#c81e3a}
@media (prefers-color-scheme:dark){:root{--ink:#e3e8f0;--paper:#12161d;--soft:#2a313d;--c0:#6ea8fe;--c1:#fb923c;--c2:#4ade80;--c3:#c4a1f5;--c4:#facc15;--c5:#67e8f9;--hit:#fb7185}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:1040px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}
table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}
th,td{padding:3px 8px;text-align:right;border-bottom:1px solid var(--soft)}th:first-child,td:first-child{text-align:left}
.scroll{overflow-x:auto}.verdict{border-left:4px solid var(--c0);padding:.3rem .8rem;background:var(--soft)}
svg{width:100%;height:auto;font:11px system-ui,sans-serif}svg text{fill:var(--ink)}
.grid{stroke:var(--soft)}polyline{fill:none;stroke-width:1.4}.returns{fill:var(--soft);stroke:var(--soft)}
.series-0{stroke:var(--c0)}.series-1{stroke:var(--c1)}.series-2{stroke:var(--c2)}.series-3{stroke:var(--c3)}
.hits{fill:var(--hit)}.bars{fill:var(--c0)}.fair{fill:var(--c1);opacity:.3}
.stack-0{fill:var(--c0)}.stack-1{fill:var(--c1)}.stack-2{fill:var(--c2)}.stack-3{fill:var(--c3)}.stack-4{fill:var(--c4)}.stack-5{fill:var(--c5)}
.key span{display:inline-block;margin-right:1.2rem}.key i{display:inline-block;width:.8em;height:.8em;margin-right:.4em}
`;

export function renderReport(content: ReportContent): string {
  const { source, notes, stamps, tracks, cards, comparisons, tables, weights } = content;
  const pool = tracks[0]!;
  const card = cards[0]!;
  const title = `Backtest of VaR and expected shortfall: ${source}`;
  const peers = tracks.slice(1).map(({ name }) => name);
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">`,
    `<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body>`,
    `<h1>${escapeHtml(title)}</h1>`,
    `<p>${pool.length} forecasts, ${escapeHtml(stamps[0] ?? '')} to ${escapeHtml(stamps.at(-1) ?? '')}, each made before its outcome was known. Losses are positive.</p>`,
    verdictBlock(card),
    `<ul>${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul>`,
    ...pool.levels.flatMap((level, index) => [
      `<h2>VaR band at ${percentLabel(level.confidence)} %</h2>`,
      bandPlot(pool, index, stamps),
      key(['VaR', 'ES'], 'c'),
    ]),
    '<h2>Probability integral transforms</h2>',
    pitPlot(pool),
    '<h2>Model weights</h2>',
    weightPlot(weights.names, weights.paths, stamps),
    key(weights.names, 'c'),
    ...(peers.length === 0
      ? []
      : comparisons.flatMap((comparison) => [
          `<h2>Loss against the peers at ${percentLabel(comparison.confidence)} %</h2>`,
          lossPlot(comparison, stamps),
          key(peers, 'c'),
        ])),
    ...tables.map(tableBlock),
    '</body></html>\n',
  ].join('\n');
}

function verdictBlock({ calibration, verdict }: Scorecard): string {
  const figure =
    calibration === undefined
      ? 'No accuracy figure: fewer than 500 forecasts.'
      : `Calibration accuracy ${calibration.accuracy.toFixed(2)} (a correct forecaster lies between ${calibration.nullBand[0].toFixed(1)} and ${calibration.nullBand[1].toFixed(1)} nine times in ten).`;
  const words = verdict.met ? 'Accuracy met: no test rejects.' : `Not met: ${verdict.reasons.join('; ')}.`;
  return `<p class="verdict">${escapeHtml(`${figure} ${words}`)}</p>`;
}

function key(names: readonly string[], prefix: string): string {
  const entries = names.map(
    (name, index) => `<span><i style="background:var(--${prefix}${index})"></i>${escapeHtml(name)}</span>`,
  );
  return `<p class="key">${entries.join('')}</p>`;
}

function tableBlock({ title, header, rows }: Table): string {
  const cells = (row: readonly string[], tag: string) =>
    `<tr>${row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  return `<h2>${escapeHtml(title)}</h2><div class="scroll"><table><thead>${cells(header, 'th')}</thead><tbody>${rows
    .map((row) => cells(row, 'td'))
    .join('')}</tbody></table></div>`;
}
