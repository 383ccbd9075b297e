/**
 * The service itself under its own monitoring: every metric is there, every panel answers, the load scripts hold, and
 * a market that goes away travels from the socket to the pager and is taken back when it returns.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dashboard } from '../../deploy/observability/dashboard/dashboard.ts';
import { catalogue } from '../../src/telemetry/metric-catalogue.ts';
import { startGateway } from '../deploy/harness/gateway.ts';
import { type Monitoring, startMonitoring } from '../deploy/harness/monitoring.ts';
import { freePort, stopped, until } from '../deploy/harness/process.ts';
import { type RealService, startRealService } from '../deploy/harness/real-service.ts';
import { type Receivers, startReceivers } from '../deploy/harness/receivers.ts';
import { type Count, startTraffic } from '../deploy/harness/traffic.ts';
import type { Json } from '../deploy/support/manifests.ts';
import { haveTools, run } from '../deploy/support/outside-tool.ts';
import { tempDir } from '../support/temp-dir.ts';

const ROOT = join(import.meta.dirname, '../..');
const stack = new AsyncDisposableStack();
let service: RealService;
let monitoring: Monitoring;
let receivers: Receivers;

const query = async (expr: string): Promise<Json> => {
  const answer = await fetch(`${monitoring.prometheusUrl}/api/v1/query?query=${encodeURIComponent(expr)}`);
  return await answer.json();
};

/** Messages of Alertmanager to the on-call service about one alert. */
const pages = (alert: string, action: string): Json[] =>
  receivers.messages
    .filter((message) => message.path === '/v2/enqueue' && message.body.routing_key === 'on-call-key')
    .map((message) => message.body)
    .filter((body) => body.event_action === action && JSON.stringify(body).includes(alert));

describe.skipIf(!haveTools('haproxy', 'prometheus', 'prometheus-alertmanager'))(
  'the service under its monitoring',
  () => {
    beforeAll(async () => {
      const dir = stack.use(tempDir('service')).path;
      receivers = stack.use(await startReceivers());
      service = stack.use(await startRealService(dir));
      const target = { targets: [service.metricsTarget], labels: { color: 'blue', pod: 'blue-0' } };
      writeFileSync(join(dir, 'targets.json'), JSON.stringify([target]));
      monitoring = stack.use(await startMonitoring(dir, '127.0.0.1:9', receivers.url));
    });
    afterAll(() => stack.disposeAsync());

    it('exports every metric of its catalogue', async () => {
      const text = await (await fetch(`http://${service.metricsTarget}/metrics`)).text();
      const exported = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]));
      expect(Object.values(catalogue).filter((metric) => !exported.has(metric.name))).toEqual([]);
    });

    it('holds its objectives in the smoke script, as played by the k6-compatible runner', () => {
      const result = run(
        process.execPath,
        [join(ROOT, 'test/support/k6-runner/run.ts'), join(ROOT, 'k6/smoke.js')],
        ROOT,
        {
          BASE_URL: service.url,
          TOKEN: service.token,
          DURATION: '10s',
          RATE: '10',
        },
      );
      console.log(result.output);
      expect(result.code, result.output).toBe(0);
      expect(result.output).toMatch(/var_answers: count=\d{2,}/);
    });

    it('lets the runner say no when the objectives are not met', () => {
      const result = run(
        process.execPath,
        [join(ROOT, 'test/support/k6-runner/run.ts'), join(ROOT, 'k6/smoke.js')],
        ROOT,
        {
          BASE_URL: 'http://127.0.0.1:9',
          DURATION: '1s',
          RATE: '10',
        },
      );
      expect(result.code).toBe(99);
      expect(result.output).toContain('broken: var_failed rate<0.01');
    });

    it('gives every panel of the dashboard a query that Prometheus answers', async () => {
      await until('a scrape', async () => (await query('bvar_build_info')).data.result.length > 0);
      const empty: string[] = [];
      for (const panel of (dashboard() as Json).panels.filter((p: Json) => p.targets)) {
        let samples = 0;
        for (const { expr } of panel.targets) {
          const plain = expr.replaceAll('$__rate_interval', '1m').replace(/\$\w+/g, '.+');
          const answer = await query(plain);
          expect(answer.status, `${panel.title}: ${plain}`).toBe('success');
          samples += answer.data.result.length;
        }
        if (samples === 0) empty.push(panel.title);
      }
      console.log(`panels without a sample here (no cluster, gateway or prober): ${empty.join('; ')}`);
      for (const title of [
        'Calculation time',
        'Calculations by result',
        'Connections and reconnects',
        'Messages',
        'Message lag',
      ])
        expect(empty).not.toContain(title);
    });

    it('pages when its market goes away and takes the page back when it returns', async () => {
      expect(pages('BinanceDisconnected', 'trigger')).toEqual([]);
      await service.stopMarket();
      const began = performance.now();
      await until('the page', () => pages('BinanceDisconnected', 'trigger').length > 0, 60_000);
      const paged = performance.now();
      await service.startMarket();
      await until('the resolution', () => pages('BinanceDisconnected', 'resolve').length > 0, 120_000);
      console.log(
        `feed cut -> page ${((paged - began) / 1000).toFixed(1)} s (waiting times cut to 1 s); ` +
          `market back -> resolved ${((performance.now() - paged) / 1000).toFixed(1)} s`,
      );
      const [page] = pages('BinanceDisconnected', 'trigger');
      expect(page.payload.severity).toBe('critical');
      expect(JSON.stringify(page)).toContain('market-feed.md#binancedisconnected');
      const slack = receivers.messages
        .filter((message) => message.path === '/slack')
        .map((m) => m.body.channel);
      expect(slack).toContain('#bayesian-var-critical');
    });

    it('sends the watchdog to the dead man’s switch', async () => {
      await until('a heartbeat', () => receivers.messages.some((message) => message.path === '/heartbeat'));
    });

    it('leaves behind the gateway without losing a request of kept-alive callers', async () => {
      await using gateway = await startGateway(stack.use(tempDir('gateway')).path);
      const placed = { blue: [0], green: [0] };
      const port = await freePort();
      const options = {
        port,
        metricsPort: await freePort(),
        color: 'green',
        fault: 'none',
        faultAfterMs: 0,
      };
      const program = join(import.meta.dirname, '../deploy/harness/stand-in-pod.ts');
      const successor = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: 'ignore' });
      try {
        await until('the successor', async () => (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok);
        await gateway.place('blue', 0, Number(new URL(service.url).port));
        await gateway.place('green', 0, port);
        await gateway.weigh({ blue: 100, green: 0 }, placed);
        await using traffic = startTraffic(gateway.url, 30);
        const during = async (requests: number): Promise<Count> => {
          let [sent, lost] = [0, 0];
          const reasons: Record<string, number> = {};
          await until(`${requests} requests`, async () => {
            const count = await traffic.take();
            [sent, lost] = [sent + count.sent, lost + count.lost];
            Object.assign(reasons, count.reasons);
            return sent >= requests;
          });
          return { sent, lost, reasons };
        };
        await during(30);
        await gateway.weigh({ blue: 50, green: 50 }, placed);
        const shared = await during(60);
        await gateway.weigh({ blue: 0, green: 100 }, placed);
        await service.leave();
        const left = await traffic.take();
        console.log(
          `drain of the service: ${shared.sent + left.sent} requests, ${shared.lost + left.lost} lost`,
        );
        expect([shared.reasons, left.reasons]).toEqual([{}, {}]);
        expect(left.sent).toBeGreaterThan(30);
      } finally {
        await stopped(successor);
      }
    });
  },
);
