/** What the deployment tests do again and again: deploy a fault, read the state, check a report against its schema. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { DEPLOY, type Json } from '../support/manifests.ts';
import type { Color } from './gateway.ts';
import type { Harness, Outcome } from './harness.ts';
import { until } from './process.ts';
import type { Fault } from './stand-in-pod.ts';
import type { Count } from './traffic.ts';

const STATE_KEY = 'bayesian-var.io/deployment';
const ajv = new Ajv({ allErrors: true });
addFormats.default(ajv);
const fits = ajv.compile(
  JSON.parse(readFileSync(join(DEPLOY, 'scripts/schemas/report.schema.json'), 'utf8')),
);

export class Drill {
  readonly #harness: Harness;

  constructor(harness: Harness) {
    this.#harness = harness;
  }

  live(): Color {
    return this.#harness.cluster.weights().blue === 100 ? 'blue' : 'green';
  }

  /** The phase that the scripts have written into the lease. */
  phase(): string | undefined {
    const text = this.#harness.cluster.get('Lease', 'bayesian-var-deployment').metadata.annotations?.[
      STATE_KEY
    ];
    return text === undefined ? undefined : JSON.parse(text).phase;
  }

  valid(report: Json): void {
    if (!fits(report)) throw new Error(`report: ${ajv.errorsText(fits.errors)}`);
  }

  tell(what: string, outcome: Outcome, counts: Count): void {
    const { decision, rollback } = outcome.report;
    const back = rollback === null ? '' : `, ${rollback.trigger}, traffic back in ${rollback.ms} ms`;
    const lost = counts.lost === 0 ? '0 lost' : `${counts.lost} lost ${JSON.stringify(counts.reasons)}`;
    console.log(
      `${what}: exit ${outcome.code} ${decision} in ${outcome.seconds.toFixed(1)} s, ${counts.sent} requests, ${lost}${back}`,
    );
  }

  async deploy(fault: Fault, env: Record<string, string> = {}): Promise<{ outcome: Outcome; counts: Count }> {
    await this.#harness.traffic.take();
    const image = this.#harness.image(fault);
    const outcome = await this.#harness.script('production_deployment.sh', ['--image', image], env);
    const counts = await this.#harness.traffic.take();
    this.tell(`deployment, fault "${fault}"`, outcome, counts);
    this.valid(outcome.report);
    return { outcome, counts };
  }

  /** Prometheus sees the live colour again and its rules fire. */
  monitored(): Promise<void> {
    return until('prometheus to see the live colour', async () => {
      const pods = await this.#harness.query(`count(bvar_build_info{color="${this.live()}"})`);
      const watchdog = await this.#harness.query('count(ALERTS{alertname="Watchdog",alertstate="firing"})');
      return pods === 2 && watchdog === 1;
    });
  }
}
