/**
 * Plots as inline SVG, without script or outside resource: axes, lines, bands, bars and marks.
 * Colours are CSS classes of the page, so a plot follows its light or dark theme.
 * Units: data in, user-space pixels out; y grows upwards in data.
 */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly xDomain: readonly [number, number];
  readonly yDomain: readonly [number, number];
  readonly title: string;
  readonly yLabel: string;
  /** Texts below the axis at data positions. */
  readonly xTicks: readonly { readonly at: number; readonly text: string }[];
}

const MARGIN = { left: 62, right: 12, top: 10, bottom: 26 };

export function plot(frame: Frame, layers: readonly string[]): string {
  const { width, height, title } = frame;
  const x = xScale(frame);
  const y = yScale(frame);
  const ticks = niceTicks(frame.yDomain[0], frame.yDomain[1]).map(
    (value) =>
      `<line class="grid" x1="${MARGIN.left}" x2="${width - MARGIN.right}" y1="${y(value)}" y2="${y(value)}"/>` +
      `<text x="${MARGIN.left - 6}" y="${y(value)}" text-anchor="end" dominant-baseline="middle">${shortNumber(value)}</text>`,
  );
  const labels = frame.xTicks.map(
    ({ at, text }) => `<text x="${x(at)}" y="${height - 8}" text-anchor="middle">${escapeHtml(text)}</text>`,
  );
  return (
    `<svg role="img" viewBox="0 0 ${width} ${height}" aria-label="${escapeHtml(title)}"><title>${escapeHtml(title)}</title>` +
    `${ticks.join('')}${labels.join('')}<text class="unit" x="4" y="${MARGIN.top + 4}">${escapeHtml(frame.yLabel)}</text>` +
    `${layers.join('')}</svg>`
  );
}

export function line(frame: Frame, xs: ArrayLike<number>, ys: ArrayLike<number>, name: string): string {
  return `<polyline class="${name}" points="${points(frame, xs, ys).join(' ')}"/>`;
}

/** The area between two lines over the same xs. */
export function band(
  frame: Frame,
  xs: ArrayLike<number>,
  low: ArrayLike<number>,
  high: ArrayLike<number>,
  name: string,
): string {
  const there = points(frame, xs, high);
  const back = points(frame, xs, low).reverse();
  return `<polygon class="${name}" points="${[...there, ...back].join(' ')}"/>`;
}

export function bar(frame: Frame, from: number, to: number, value: number, name: string): string {
  const x = xScale(frame);
  const y = yScale(frame);
  const top = y(Math.max(0, value));
  const height = Math.abs(y(0) - y(value));
  return `<rect class="${name}" x="${x(from)}" y="${top}" width="${fixed(x(to) - x(from) - 1)}" height="${fixed(height)}"/>`;
}

export function dots(frame: Frame, xs: ArrayLike<number>, ys: ArrayLike<number>, name: string): string {
  const marks = points(frame, xs, ys).map((point) => {
    const [cx, cy] = point.split(',');
    return `<circle cx="${cx}" cy="${cy}" r="2"/>`;
  });
  return `<g class="${name}">${marks.join('')}</g>`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function points(frame: Frame, xs: ArrayLike<number>, ys: ArrayLike<number>): string[] {
  const x = xScale(frame);
  const y = yScale(frame);
  return Array.from({ length: xs.length }, (_, index) => `${x(xs[index]!)},${y(ys[index]!)}`);
}

function xScale({ width, xDomain: [low, high] }: Frame): (value: number) => number {
  const span = width - MARGIN.left - MARGIN.right;
  return (value) => fixed(MARGIN.left + (span * (value - low)) / (high - low || 1));
}

function yScale({ height, yDomain: [low, high] }: Frame): (value: number) => number {
  const span = height - MARGIN.top - MARGIN.bottom;
  return (value) => fixed(MARGIN.top + (span * (high - value)) / (high - low || 1));
}

function fixed(value: number): number {
  return Math.round(value * 10) / 10;
}

function niceTicks(low: number, high: number): number[] {
  const raw = (high - low) / 5 || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw) ?? raw;
  const ticks: number[] = [];
  for (let k = Math.ceil(low / step); k * step <= high + step * 1e-9; k++) ticks.push(k * step);
  return ticks;
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}
