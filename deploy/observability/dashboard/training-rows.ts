/** Rows that answer "is training healthy and is the model any good". */
import { atLeast, below, own, quantile, type RowSpec, rate } from './panel.ts';

export const SANDBOX_ROW: RowSpec = {
  title: 'E2B sandbox status',
  height: 8,
  panels: [
    {
      title: 'Healthy share',
      description: 'Healthy sandboxes over those wanted; two of three are required.',
      kind: 'stat',
      unit: 'percentunit',
      width: 4,
      steps: atLeast(2 / 3),
      queries: [
        {
          expr: `sum by (color) (${own('bvar_e2b_sandboxes', 'state="healthy"')}) / sum by (color) (${own('bvar_e2b_sandboxes_required')})`,
          legend: '{{color}}',
        },
      ],
    },
    {
      title: 'Sandboxes by state',
      description: 'Training sandboxes by state.',
      unit: 'short',
      width: 6,
      queries: [
        { expr: `sum by (color, state) (${own('bvar_e2b_sandboxes')})`, legend: '{{color}} {{state}}' },
      ],
    },
    {
      title: 'Jobs and API calls',
      description: 'Training jobs and sandbox API calls a second, by result.',
      unit: 'reqps',
      width: 7,
      queries: [
        { expr: rate('bvar_e2b_jobs_total', 'kind, result'), legend: 'job {{kind}} {{result}}' },
        {
          expr: rate('bvar_e2b_api_requests_total', 'operation, result'),
          legend: 'call {{operation}} {{result}}',
        },
      ],
    },
    {
      title: 'Job time',
      description: 'P95 by kind. The promise: below 30 s.',
      unit: 's',
      width: 7,
      steps: below(30),
      queries: [{ expr: quantile(0.95, 'bvar_e2b_job_duration_seconds', 'kind'), legend: 'P95 {{kind}}' }],
    },
  ],
};

export const MODEL_ROW: RowSpec = {
  title: 'Model',
  height: 8,
  panels: [
    {
      title: 'Accuracy',
      description:
        'Calibration accuracy by model, with the number of forecasts behind it. The promise: 95 %.',
      unit: 'percentunit',
      width: 6,
      min: 0,
      max: 1,
      steps: atLeast(0.95),
      queries: [{ expr: `min by (model) (${own('bvar_model_accuracy_ratio')})`, legend: '{{model}}' }],
    },
    {
      title: 'Forecasts judged, age of the model',
      description:
        'How much evidence the accuracy rests on, and hours since the running version was trained.',
      unit: 'short',
      width: 6,
      queries: [
        { expr: `min by (model) (${own('bvar_model_accuracy_samples')})`, legend: 'forecasts {{model}}' },
        {
          expr: `(time() - max by (model) (${own('bvar_model_trained_timestamp_seconds')})) / 3600`,
          legend: 'hours {{model}}',
        },
        {
          expr: rate('bvar_model_retrainings_total', 'trigger, result'),
          legend: 'retrained {{trigger}} {{result}}',
        },
      ],
    },
    {
      title: 'Sampler quality',
      description:
        'Pareto k of the importance weights (good below 0.7) and effective sample size of the last fit.',
      unit: 'short',
      width: 6,
      queries: [
        { expr: `max by (model) (${own('bvar_posterior_pareto_k')})`, legend: 'Pareto k {{model}}' },
        { expr: `min by (model) (${own('bvar_mcmc_ess_min')})`, legend: 'ESS {{model}}' },
      ],
    },
    {
      title: 'Bar close to posterior',
      description: 'P95 of the time until a closed bar is in the posterior, and publications by symbol.',
      unit: 's',
      width: 6,
      queries: [
        {
          expr: quantile(0.95, 'bvar_posterior_publish_lag_seconds', 'interval'),
          legend: 'P95 {{interval}}',
        },
        { expr: `max by (symbol) (${own('bvar_model_epoch')})`, legend: 'epoch {{symbol}}' },
      ],
    },
  ],
};
