/**
 * The options that the runner understands, and when iterations start. An option it does not know is an error: a
 * threshold that is silently ignored would be a promise that nobody checks.
 *
 * Units: milliseconds; rates in starts a second.
 */

export interface Stage {
  readonly durationMs: number;
  readonly from: number;
  readonly to: number;
}

export interface Scenario {
  readonly stages: readonly Stage[];
  readonly maxVUs: number;
}

interface Raw {
  readonly [key: string]: unknown;
}

const COMMON = ['executor', 'timeUnit', 'preAllocatedVUs', 'maxVUs'];
const EXECUTORS: Record<string, readonly string[]> = {
  'constant-arrival-rate': ['rate', 'duration'],
  'ramping-arrival-rate': ['startRate', 'stages'],
};

export function onlyKeys(what: string, raw: object, known: readonly string[]): void {
  const unknown = Object.keys(raw).filter((key) => !known.includes(key));
  if (unknown.length > 0) throw new Error(`${what}: the runner does not know ${unknown.join(', ')}`);
}

export function durationMs(text: unknown): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(String(text)) ?? [];
  if (number === undefined) throw new Error(`the runner does not know the duration "${text}"`);
  const scale = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[unit as 'ms' | 's' | 'm' | 'h'];
  return Number(number) * scale;
}

export function scenarioOf(name: string, raw: Raw): Scenario {
  const extra = EXECUTORS[String(raw['executor'])];
  if (extra === undefined)
    throw new Error(`${name}: the runner does not know the executor "${raw['executor']}"`);
  onlyKeys(name, raw, [...COMMON, ...extra]);
  const perSecond = 1_000 / durationMs(raw['timeUnit'] ?? '1s');
  const maxVUs = Number(raw['maxVUs'] ?? raw['preAllocatedVUs']);
  if (raw['executor'] === 'constant-arrival-rate') {
    const rate = Number(raw['rate']) * perSecond;
    return { maxVUs, stages: [{ durationMs: durationMs(raw['duration']), from: rate, to: rate }] };
  }
  let from = Number(raw['startRate'] ?? 0) * perSecond;
  const stages = (raw['stages'] as Raw[]).map((stage) => {
    onlyKeys(`${name} stage`, stage, ['target', 'duration']);
    const to = Number(stage['target']) * perSecond;
    const out = { durationMs: durationMs(stage['duration']), from, to };
    from = to;
    return out;
  });
  return { maxVUs, stages };
}

/** Iterations that must have started after so long: the integral of the rate. */
export function dueAfter(stages: readonly Stage[], elapsedMs: number): number {
  let left = elapsedMs;
  let due = 0;
  for (const { durationMs: length, from, to } of stages) {
    const t = Math.min(left, length);
    const reached = length === 0 ? to : from + ((to - from) * t) / length;
    due += (((from + reached) / 2) * t) / 1_000;
    left -= t;
    if (left <= 0) break;
  }
  return due;
}
