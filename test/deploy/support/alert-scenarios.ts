/**
 * Input series for "promtool test rules": each service level indicator and each operational alert with a story in
 * which it must fire, one in which it must stay silent, and what happens after recovery.
 *
 * Units: one sample a minute (pages, operational) or every five minutes (tickets); counters move EVENTS a minute.
 */
import { BURNS, pascal, SLIS, type Sli } from '../../../deploy/observability/slo-table.ts';

export interface Series {
  readonly series: string;
  readonly values: string;
}

export interface Expectation {
  readonly alert: string;
  readonly at: string;
  readonly firing: boolean;
}

export interface Scenario {
  readonly name: string;
  /** Rule groups that matter; loading all of them for every story takes minutes. */
  readonly groups: readonly string[];
  readonly interval: '1m' | '5m';
  readonly input: readonly Series[];
  readonly expect: readonly Expectation[];
}

interface Phase {
  readonly samples: number;
  readonly ratio: number;
}

const EVENTS = 100_000;

/** Cumulative counter over phases of constant slope. */
function counter(phases: readonly { samples: number; slope: number }[]): string {
  let value = 0;
  return phases
    .map(({ samples, slope }) => {
      const part = `${value}+${slope}x${samples - 1}`;
      value += slope * samples;
      return part;
    })
    .join(' ');
}

/** Where the bad and the good events of an indicator are counted. */
const COUNTERS: Record<string, { bad?: string; good?: string; all?: string }> = {
  'var-availability': {
    bad: 'bvar_gateway_frontend_responses_total{job="gateway",code="5xx"}',
    good: 'bvar_gateway_frontend_responses_total{job="gateway",code="2xx"}',
  },
  'var-latency': {
    all: 'bvar_var_calculation_duration_seconds_count{method="bayes"}',
    good: 'bvar_var_calculation_duration_seconds_bucket{method="bayes",le="1"}',
  },
  'var-errors': {
    bad: 'bvar_var_calculations_total{result="internal"}',
    good: 'bvar_var_calculations_total{result="ok"}',
  },
  'feed-availability': {
    bad: 'bvar_slo_events_total{slo="feed-availability",outcome="bad"}',
    good: 'bvar_slo_events_total{slo="feed-availability",outcome="good"}',
  },
  'feed-latency': {
    all: 'bvar_feed_message_lag_seconds_count{stream="trade"}',
    good: 'bvar_feed_message_lag_seconds_bucket{stream="trade",le="0.1"}',
  },
  'feed-errors': {
    bad: 'bvar_feed_messages_total{result="gap"}',
    good: 'bvar_feed_messages_total{result="ok"}',
  },
  'e2b-availability': {
    bad: 'bvar_e2b_api_requests_total{result="error"}',
    good: 'bvar_e2b_api_requests_total{result="ok"}',
  },
  'e2b-latency': {
    all: 'bvar_e2b_job_duration_seconds_count{kind="fit"}',
    good: 'bvar_e2b_job_duration_seconds_bucket{kind="fit",le="30"}',
  },
  'e2b-errors': {
    bad: 'bvar_e2b_jobs_total{result="failed"}',
    good: 'bvar_e2b_jobs_total{result="ok"}',
  },
};

const PROBES = 10;
const GAUGES: Record<string, { good: number; bad: number; metric: string }> = {
  'health-availability': { metric: 'probe_http_status_code', good: 200, bad: 0 },
  'health-latency': { metric: 'probe_duration_seconds', good: 0.1, bad: 0.9 },
  'health-errors': { metric: 'probe_success', good: 1, bad: 0 },
};

function probes(sli: Sli, phases: readonly Phase[]): Series[] {
  const { metric, good, bad } = GAUGES[sli.id] as { metric: string; good: number; bad: number };
  const out: Series[] = [];
  for (let instance = 0; instance < PROBES; instance++) {
    const labels = `{job="bayesian-var-health",color="blue",instance="${instance}"}`;
    const value = (ratio: number): number => (instance < Math.ceil(ratio * PROBES - 1e-9) ? bad : good);
    const values = phases.map((phase) => `${value(phase.ratio)}x${phase.samples - 1}`).join(' ');
    out.push({ series: metric + labels, values });
    const samples = phases.reduce((sum, phase) => sum + phase.samples, 0);
    if (metric === 'probe_success')
      out.push({ series: `probe_http_status_code${labels}`, values: `503x${samples - 1}` });
  }
  return out;
}

function events(sli: Sli, phases: readonly Phase[], perSample: number): Series[] {
  if (sli.id in GAUGES) return probes(sli, phases);
  const { bad, good, all } = COUNTERS[sli.id] as { bad?: string; good?: string; all?: string };
  const slope = (share: (ratio: number) => number): string =>
    counter(phases.map(({ samples, ratio }) => ({ samples, slope: Math.round(perSample * share(ratio)) })));
  return [
    ...(bad === undefined ? [] : [{ series: bad, values: slope((ratio) => ratio) }]),
    ...(good === undefined ? [] : [{ series: good, values: slope((ratio) => 1 - ratio) }]),
    ...(all === undefined ? [] : [{ series: all, values: slope(() => 1) }]),
  ];
}

/** Error ratio that burns the budget so many times too fast. */
const burning = (sli: Sli, factor: number): number => Math.min(1, (1 - sli.objective) * factor);

const name = (sli: Sli, speed: string): string => `SLO${pascal(sli.id)}${speed}`;
const groups = (sli: Sli): string[] => ['slo-probe-flags', `slo-${sli.id}`, `slo-burn-${sli.id}`];
const silent = (sli: Sli, at: string): Expectation[] =>
  BURNS.map((burn) => ({ alert: name(sli, burn.speed), at, firing: false }));

/** Ten probes cannot fail 0.1 % of the time: such an indicator fails faster in every story. */
const isCoarse = (sli: Sli): boolean => sli.id in GAUGES && sli.objective > 0.99;

function pages(sli: Sli): Scenario[] {
  const fast = burning(sli, 28.8);
  const slow = burning(sli, 12);
  return [
    {
      name: `${sli.id}: a fast burn pages, and stops paging soon after recovery`,
      groups: groups(sli),
      interval: '1m',
      input: events(
        sli,
        [
          { samples: 70, ratio: fast },
          { samples: 70, ratio: 0 },
        ],
        EVENTS,
      ),
      expect: [
        { alert: name(sli, 'PageFast'), at: '66m', firing: true },
        { alert: name(sli, 'PageFast'), at: '80m', firing: false },
      ],
    },
    {
      name: `${sli.id}: half of a fast burn does not page fast; a slow burn pages slowly`,
      groups: groups(sli),
      interval: '5m',
      input: events(
        sli,
        [
          { samples: 80, ratio: isCoarse(sli) ? 0 : slow },
          { samples: 12, ratio: 0 },
        ],
        EVENTS * 5,
      ),
      expect: [
        { alert: name(sli, 'PageFast'), at: '120m', firing: false },
        { alert: name(sli, 'PageSlow'), at: '380m', firing: !isCoarse(sli) },
        { alert: name(sli, 'PageSlow'), at: '445m', firing: false },
      ],
    },
    {
      name: `${sli.id}: an hour without any event is silent`,
      groups: groups(sli),
      interval: '1m',
      input: sli.id in GAUGES ? [] : events(sli, [{ samples: 90, ratio: 0 }], 0),
      expect: silent(sli, '80m'),
    },
    {
      name: `${sli.id}: a restart that resets the counters is not an error`,
      groups: groups(sli),
      interval: '1m',
      input: events(sli, [{ samples: 60, ratio: 0 }], EVENTS).map(({ series, values }) => ({
        series,
        values: `${values} ${values}`,
      })),
      expect: silent(sli, '70m'),
    },
    {
      name: `${sli.id}: nobody measuring is told`,
      groups: groups(sli),
      interval: '1m',
      input: [],
      expect: [{ alert: `SLOMetricAbsent${pascal(sli.id)}`, at: '12m', firing: true }],
    },
  ];
}

function tickets(sli: Sli): Scenario[] {
  if (isCoarse(sli)) return [];
  const perSample = EVENTS * 5;
  return [
    {
      name: `${sli.id}: five times the budget makes a fast ticket, which outlives a short recovery`,
      groups: groups(sli),
      interval: '5m',
      input: events(
        sli,
        [
          { samples: 312, ratio: burning(sli, 5) },
          { samples: 60, ratio: 0 },
        ],
        perSample,
      ),
      expect: [
        { alert: name(sli, 'TicketFast'), at: '25h', firing: true },
        { alert: name(sli, 'PageSlow'), at: '25h', firing: false },
        { alert: name(sli, 'TicketFast'), at: '26h15m', firing: true },
        { alert: name(sli, 'TicketFast'), at: '29h', firing: false },
      ],
    },
    {
      name: `${sli.id}: twice the budget makes a slow ticket only`,
      groups: groups(sli),
      interval: '5m',
      input: events(sli, [{ samples: 200, ratio: burning(sli, 2) }], perSample),
      expect: [
        { alert: name(sli, 'TicketSlow'), at: '16h', firing: true },
        { alert: name(sli, 'TicketFast'), at: '16h', firing: false },
      ],
    },
    {
      name: `${sli.id}: half the budget is silent`,
      groups: groups(sli),
      interval: '5m',
      input: events(sli, [{ samples: 200, ratio: sli.id in GAUGES ? 0 : burning(sli, 0.5) }], perSample),
      expect: silent(sli, '16h'),
    },
  ];
}

export function indicatorScenarios(): Scenario[] {
  return SLIS.flatMap((sli) => [...pages(sli), ...tickets(sli)]);
}
