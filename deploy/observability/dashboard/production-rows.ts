/** Rows that answer "what is the service doing": traffic by colour, calculations, market feed. */
import { below, own, quantile, type RowSpec, rate } from './panel.ts';

export const PRODUCTION_ROW: RowSpec = {
  title: 'Production: traffic by colour',
  height: 8,
  panels: [
    {
      title: 'Answers at the gateway',
      description:
        'Answers a second by colour and class, as the gateway counts them. During a deployment both show.',
      unit: 'reqps',
      width: 8,
      queries: [
        {
          expr: 'sum by (color, code) (rate(bvar_gateway_responses_total{job=~".+", instance=~".+"}[$__rate_interval]))',
          legend: '{{color}} {{code}}',
        },
        {
          expr: 'sum(rate(bvar_gateway_frontend_responses_total{job=~".+", instance=~".+"}[$__rate_interval]))',
          legend: 'callers',
        },
      ],
    },
    {
      title: 'Requests by route',
      description: 'Requests answered a second by the pods themselves, with refusals by the rate limit.',
      unit: 'reqps',
      width: 8,
      queries: [
        { expr: rate('bvar_http_requests_total', 'route, code'), legend: '{{route}} {{code}}' },
        { expr: rate('bvar_rate_limited_total', 'scope'), legend: 'limited {{scope}}' },
      ],
    },
    {
      title: 'Pods by version',
      description: 'Running pods by colour and build; draining pods are on their way out.',
      unit: 'short',
      width: 8,
      queries: [
        {
          expr: `count by (color, version, commit) (${own('bvar_build_info')})`,
          legend: '{{color}} {{version}}',
        },
        { expr: `sum by (color) (${own('bvar_draining')})`, legend: 'draining {{color}}' },
      ],
    },
  ],
};

export const CALCULATION_ROW: RowSpec = {
  title: 'VaR calculations',
  height: 8,
  panels: [
    {
      title: 'Calculations by result',
      description: 'Calculations a second; everything but ok and client is a failure of ours.',
      unit: 'reqps',
      width: 8,
      queries: [
        { expr: rate('bvar_var_calculations_total', 'color, result'), legend: '{{color}} {{result}}' },
      ],
    },
    {
      title: 'Calculation time',
      description: 'P50, P95 and P99 by colour. The promise: P99 below 1 s.',
      unit: 's',
      width: 8,
      steps: below(1),
      queries: [0.5, 0.95, 0.99].map((q) => ({
        expr: quantile(q, 'bvar_var_calculation_duration_seconds', 'color'),
        legend: `P${q * 100} {{color}}`,
      })),
    },
    {
      title: 'Request time and concurrency',
      description: 'P99 of whole requests, requests in flight and open event streams.',
      unit: 'short',
      width: 8,
      queries: [
        { expr: quantile(0.99, 'bvar_http_request_duration_seconds', 'color'), legend: 'P99 s {{color}}' },
        { expr: `sum by (color) (${own('bvar_http_requests_in_flight')})`, legend: 'in flight {{color}}' },
        { expr: `sum by (color) (${own('bvar_stream_clients')})`, legend: 'streams {{color}}' },
        { expr: rate('bvar_stream_events_total', 'type'), legend: 'stream events {{type}}' },
        { expr: rate('bvar_stream_dropped_total', 'reason'), legend: 'streams cut {{reason}}' },
      ],
    },
  ],
};

export const FEED_ROW: RowSpec = {
  title: 'Real data feed',
  height: 8,
  panels: [
    {
      title: 'Connections and reconnects',
      description: 'Open Binance connections by stream; zero means that no real data arrives.',
      unit: 'short',
      width: 6,
      queries: [
        { expr: `sum by (color, stream) (${own('bvar_feed_connections')})`, legend: '{{color}} {{stream}}' },
        {
          expr: rate('bvar_feed_reconnects_total', 'stream, reason'),
          legend: 'reconnect {{stream}} {{reason}}',
        },
      ],
    },
    {
      title: 'Messages',
      description:
        'Messages a second by result, ticks lost between feed and bars, seconds without a fresh message.',
      unit: 'reqps',
      width: 6,
      queries: [
        { expr: rate('bvar_feed_messages_total', 'stream, result'), legend: '{{stream}} {{result}}' },
        { expr: rate('bvar_ring_overwrites_total', 'color'), legend: 'overwritten {{color}}' },
        { expr: rate('bvar_bars_total', 'interval, outcome'), legend: 'bars {{interval}} s {{outcome}}' },
        { expr: rate('bvar_slo_events_total', 'slo, outcome'), legend: '{{slo}} {{outcome}}' },
      ],
    },
    {
      title: 'Message lag',
      description: 'Exchange event to processed, P50 and P95. The promise: P95 below 100 ms.',
      unit: 's',
      width: 6,
      steps: below(0.1),
      queries: [0.5, 0.95].map((q) => ({
        expr: quantile(q, 'bvar_feed_message_lag_seconds', 'color'),
        legend: `P${q * 100} {{color}}`,
      })),
    },
    {
      title: 'Age of the last message',
      description: 'Seconds since the last message, by stream.',
      unit: 's',
      width: 6,
      steps: below(60),
      queries: [
        {
          expr: `time() - max by (color, stream) (${own('bvar_feed_last_message_timestamp_seconds')})`,
          legend: '{{color}} {{stream}}',
        },
      ],
    },
  ],
};
