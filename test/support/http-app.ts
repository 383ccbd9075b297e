/** The HTTP application over the fake engine, with one token per scope set, for tests and benches. */
import { pino } from 'pino';
import { type AppDeps, buildApp, type HttpOptions } from '../../src/http/app.ts';
import { ALL_SCOPES, createStaticTokens } from '../../src/http/tokens.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { createFakeRiskEngine } from './fake-risk-engine.ts';

export const FULL_TOKEN = 'full-token-of-the-tests';
export const READ_TOKEN = 'read-token-of-the-tests';
export const AUDIT_TOKEN = 'audit-token-of-the-tests';

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

export function httpOptions(over: Partial<HttpOptions> = {}): HttpOptions {
  return {
    version: 'test',
    color: 'none',
    bodyLimitBytes: 1_048_576,
    requestTimeoutMs: 5_000,
    rateLimitPerSecond: 1_000_000,
    metricsOnMainPort: true,
    maxEventLoopDelayMs: 0,
    ...over,
  };
}

export async function testApp(over: Partial<HttpOptions> = {}, deps: Partial<AppDeps> = {}) {
  const engine = createFakeRiskEngine();
  const metrics = createMetrics({ version: 'test', commit: 'test', processMetrics: false });
  const tokens = createStaticTokens([
    { id: 'full', scopes: ALL_SCOPES, token: FULL_TOKEN },
    { id: 'reader', scopes: ['read'], token: READ_TOKEN },
    { id: 'auditor', scopes: ['audit'], token: AUDIT_TOKEN },
  ]);
  const app = await buildApp({
    engine,
    metrics,
    tokens,
    logger: pino({ level: 'silent' }),
    options: httpOptions(over),
    ...deps,
  });
  return { app, engine, metrics };
}
