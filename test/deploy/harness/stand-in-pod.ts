/**
 * A small server with the endpoints and metrics that the deployment scripts look at, and faults on order.
 * It is not the service: it computes nothing. The metrics are the service's own catalogue.
 *
 * Flow: stand-in cluster -> here (one process a pod) <- gateway, Prometheus, scripts.
 * Use:  node stand-in-pod.ts '{"port":1,"metricsPort":2,"color":"blue","fault":"none"}'
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createMetrics } from '../../../src/telemetry/metrics.ts';

export type Fault = 'none' | 'errors' | 'feed' | 'hang' | 'accuracy' | 'never-ready';

export interface PodOptions {
  readonly port: number;
  readonly metricsPort: number;
  readonly color: string;
  readonly fault: Fault;
  /** Faults other than accuracy and never-ready begin this long after the first request of a caller. */
  readonly faultAfterMs: number;
}

const options = JSON.parse(process.argv[2] as string) as PodOptions;
const metrics = createMetrics({ version: 'stand-in', commit: options.fault });
const DRAIN_MS = 700;
const TOKEN = 'Bearer harness-token-0123456789';

let draining = false;
let firstCallAt = 0;
let calls = 0;

const faulty = (fault: Fault): boolean =>
  options.fault === fault && firstCallAt > 0 && Date.now() - firstCallAt >= options.faultAfterMs;

for (const check of ['real_data', 'e2b', 'accuracy', 'error_rate', 'performance', 'security'])
  metrics.complianceStatus.set({ check }, 1);
metrics.feedConnections.set({ stream: 'trade' }, 1);
metrics.e2bSandboxes.set({ state: 'healthy' }, 3);
metrics.e2bSandboxesRequired.set(3);
metrics.modelAccuracy.set({ model: 'bma' }, options.fault === 'accuracy' ? 0.9 : 0.97);

function send(reply: ServerResponse, code: number, body: unknown): void {
  if (draining) reply.setHeader('connection', 'close');
  reply.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function health(path: string, reply: ServerResponse): void {
  if (faulty('hang')) return;
  const ready = options.fault !== 'never-ready' && !draining;
  const code = path === '/health/live' || path === '/health/startup' || ready ? 200 : 503;
  send(reply, code, { status: code === 200 ? 'ok' : 'not-ready' });
}

function calculate(request: IncomingMessage, reply: ServerResponse): void {
  if (request.headers.authorization !== TOKEN) {
    send(reply, 401, { code: 'unauthenticated' });
    return;
  }
  // The preview header marks a gate's request; a fault waits for real callers.
  if (request.headers['x-bvar-color'] === undefined && firstCallAt === 0) firstCallAt = Date.now();
  calls += 1;
  const failed = faulty('errors') && calls % 20 === 0;
  metrics.varCalculations.inc({ method: 'bayes', confidence: '0.99', result: failed ? 'internal' : 'ok' });
  metrics.varDuration.observe({ method: 'bayes' }, 0.003);
  metrics.httpRequests.inc({ route: '/v1/var', method: 'POST', code: failed ? '500' : '200' });
  send(reply, failed ? 500 : 200, { results: [] });
}

function market(reply: ServerResponse): void {
  const state = faulty('feed') ? 'down' : 'live';
  send(reply, 200, { items: [{ symbol: 'BTCUSDT', state }] });
}

function route(request: IncomingMessage, reply: ServerResponse): void {
  const path = request.url ?? '/';
  if (path.startsWith('/health')) health(path, reply);
  else if (path === '/v1/var') calculate(request, reply);
  else if (path === '/v1/market-data/status') market(reply);
  else if (path === '/v1/compliance/status')
    send(reply, 200, { rules: [{ id: 'real_data', verdict: faulty('feed') ? 'fail' : 'pass' }] });
  else send(reply, 404, { code: 'not-found' });
}

const api = createServer((request, reply) => {
  request.resume();
  request.on('end', () => route(request, reply));
});
const scrape = createServer(async (_request, reply) => {
  if (faulty('feed')) {
    metrics.feedConnections.set({ stream: 'trade' }, 0);
    metrics.complianceStatus.set({ check: 'real_data' }, 0);
  }
  reply.end(await metrics.registry.metrics());
});

api.keepAliveTimeout = 60_000;
api.listen(options.port, '127.0.0.1');
scrape.listen(options.metricsPort, '127.0.0.1');

process.on('SIGTERM', () => {
  draining = true;
  setTimeout(() => {
    scrape.close();
    scrape.closeAllConnections();
    api.close(() => process.exit(0));
    api.closeIdleConnections();
  }, DRAIN_MS);
});
