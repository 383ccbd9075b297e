/**
 * The live metrics: one registry per process, each catalogue entry as a typed prom-client object.
 * Flow: createMetrics() in main -> rooms observe -> text() on /metrics
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { catalogue, type MetricSpec } from './metric-catalogue.ts';

type Catalogue = typeof catalogue;
type Label<S extends MetricSpec> = S['labels'][number];
type Instrument<S extends MetricSpec> = S['kind'] extends 'counter'
  ? Counter<Label<S>>
  : S['kind'] extends 'gauge'
    ? Gauge<Label<S>>
    : Histogram<Label<S>>;

export type Metrics = { readonly [Key in keyof Catalogue]: Instrument<Catalogue[Key]> } & {
  readonly registry: Registry;
};

export interface MetricsOptions {
  readonly version: string;
  readonly commit: string;
  /** Event loop, heap and garbage collection gauges of the process; off in unit tests. */
  readonly processMetrics?: boolean;
}

export const SLOS = [
  'var-availability',
  'var-latency',
  'var-errors',
  'feed-availability',
  'feed-latency',
  'feed-errors',
  'e2b-availability',
  'e2b-latency',
  'e2b-errors',
  'health-availability',
  'health-latency',
  'health-errors',
] as const;

export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  const instruments = Object.fromEntries(
    Object.entries(catalogue).map(([key, spec]) => [key, instrument(spec, registry)]),
  );
  const metrics = { ...instruments, registry } as unknown as Metrics;
  if (options.processMetrics !== false) collectDefaultMetrics({ register: registry });
  metrics.buildInfo.set({ version: options.version, commit: options.commit, node: process.version }, 1);
  metrics.draining.set(0);
  // Series that never were give no rate: what may happen exists from the first scrape on.
  for (const slo of SLOS) for (const outcome of ['good', 'bad']) metrics.sloEvents.inc({ slo, outcome }, 0);
  for (const kind of ['answer', 'lineage']) metrics.auditLost.inc({ kind }, 0);
  return metrics;
}

function instrument(spec: MetricSpec, registry: Registry): Counter | Gauge | Histogram {
  const common = { name: spec.name, help: spec.help, labelNames: [...spec.labels], registers: [registry] };
  if (spec.kind === 'counter') return new Counter(common);
  if (spec.kind === 'gauge') return new Gauge(common);
  return new Histogram({ ...common, buckets: [...(spec.buckets ?? [])] });
}
