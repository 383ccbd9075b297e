/**
 * One caller of the service: asks for VaR, now and then for health, and counts what the promises are about.
 * Settings: BASE_URL, TOKEN, COLOR (ask one colour by the preview header).
 */
import { check } from 'k6';
import http from 'k6/http';
import { Counter, Rate, Trend } from 'k6/metrics';
import { question } from './books.js';

const BASE_URL = __ENV.BASE_URL || 'http://127.0.0.1:8080';

const varDuration = new Trend('var_duration', true);
const varFailed = new Rate('var_failed');
const healthDuration = new Trend('health_duration', true);
const healthFailed = new Rate('health_failed');
const answers = new Counter('var_answers');
const limited = new Counter('var_rate_limited');

/** The table of service level objectives, as thresholds. */
export const OBJECTIVES = {
  var_duration: ['p(99)<1000'],
  var_failed: ['rate<0.01'],
  health_duration: ['p(95)<500'],
  health_failed: ['rate<0.0001'],
  // An open model that cannot start its requests has measured nothing.
  dropped_iterations: ['count==0'],
};

function headers() {
  const out = { 'content-type': 'application/json' };
  if (__ENV.TOKEN) out.authorization = `Bearer ${__ENV.TOKEN}`;
  if (__ENV.COLOR) out['x-bvar-color'] = __ENV.COLOR;
  return out;
}

let asked = 0;

async function askVar() {
  asked += 1;
  const body = JSON.stringify(question(__VU * 100003 + asked));
  const answer = await http.asyncRequest('POST', `${BASE_URL}/v1/var`, body, {
    headers: headers(),
    timeout: '10s',
  });
  varDuration.add(answer.timings.duration);
  if (answer.status === 429) limited.add(1);
  // A refusal by the rate limit is an answer to too much; the service has not failed.
  const good = answer.status === 200 || answer.status === 429;
  varFailed.add(!good);
  if (answer.status !== 200) return;
  answers.add(1);
  check(answer.json(), {
    'ES is not below VaR': (risk) => risk.results.every((r) => r.es.estimate >= r.var.estimate),
    'the interval holds the estimate': (risk) =>
      risk.results.every((r) => r.var.lower <= r.var.estimate && r.var.estimate <= r.var.upper),
    'the data has a provenance': (risk) => risk.provenance !== undefined,
  });
}

async function askHealth() {
  const answer = await http.asyncRequest('GET', `${BASE_URL}/health/ready`, null, {
    headers: headers(),
    timeout: '2s',
  });
  healthDuration.add(answer.timings.duration);
  healthFailed.add(answer.status !== 200);
}

/** One iteration: a question, and in one of ten a look at health. */
export async function call() {
  await askVar();
  if ((asked + __VU) % 10 === 0) await askHealth();
}

function line(name, values) {
  const parts = Object.entries(values).map(([key, value]) => `${key}=${Math.round(value * 1000) / 1000}`);
  return `  ${name}: ${parts.join(' ')}`;
}

/** A report as JSON and a short text; names which promises were broken. */
export function summaryOf(kind, data) {
  const broken = [];
  for (const [name, metric] of Object.entries(data.metrics))
    for (const [threshold, result] of Object.entries(metric.thresholds || {}))
      if (!result.ok) broken.push(`${name} ${threshold}`);
  const shown = [
    'var_duration',
    'var_failed',
    'health_duration',
    'health_failed',
    'var_answers',
    'dropped_iterations',
  ];
  const lines = shown
    .filter((name) => data.metrics[name])
    .map((name) => line(name, data.metrics[name].values));
  const verdict = broken.length === 0 ? 'all objectives met' : `broken: ${broken.join(', ')}`;
  const out = { stdout: `${kind}: ${verdict}\n${lines.join('\n')}\n` };
  if (__ENV.REPORT) out[__ENV.REPORT] = JSON.stringify({ kind, broken, metrics: data.metrics }, null, 2);
  return out;
}
