/**
 * Picks the sandbox provider that the settings ask for and builds the pool on it.
 * Flow: start-service -> here -> engine/sandbox-pool over E2B or local processes.
 */
import { join } from 'node:path';
import type { Config } from '#config/load-config.ts';
import { createSandboxPool } from '#engine/sandbox-pool.ts';
import type { PoolEvent, SandboxPool } from '#engine/sandbox-pool-types.ts';
import { createLocalProvider } from '#sandbox/local-provider.ts';
import { bundleTrainer } from '#sandbox/trainer-program.ts';
import type { TrainingSandboxProvider } from '#sandbox/training-sandbox.ts';
import type { Logger } from '#telemetry/logger.ts';
import type { Metrics } from '#telemetry/metrics.ts';
import { meteredSandboxes } from './metered-sandboxes.ts';

export async function buildSandboxPool(
  config: Config,
  instanceId: string,
  logger: Logger,
  metrics: Metrics,
  liveInstances: () => Promise<ReadonlySet<string>>,
): Promise<SandboxPool> {
  const provider = await pickProvider(config);
  const { poolSize, dailyBudgetUsd } = config.sandbox;
  metrics.e2bSandboxesRequired.set(poolSize);
  return createSandboxPool({
    provider: meteredSandboxes(provider, metrics),
    size: poolSize,
    dailyBudgetUsd,
    tag: { app: 'bayesian-var', env: config.service.environment, poolId: config.service.color },
    instanceId,
    liveInstances,
    onEvent: (event) => report(event, logger, metrics),
  });
}

async function pickProvider(config: Config): Promise<TrainingSandboxProvider> {
  const { provider, e2bApiToken, e2bApiUrl, e2bSandboxUrl, e2bTemplate } = config.sandbox;
  const program = await bundleTrainer();
  const wantsE2b = provider === 'e2b' || (provider === 'auto' && e2bApiToken !== undefined);
  if (!wantsE2b) return createLocalProvider({ root: join(config.service.dataDir, 'sandboxes'), program });
  if (e2bApiToken === undefined) throw new Error('SANDBOX_PROVIDER=e2b needs E2B_API_TOKEN');
  // The SDK holds 8 MB that a service without it can do without.
  const { createE2bProvider } = await import('#sandbox/e2b-provider.ts');
  return createE2bProvider({
    apiKey: e2bApiToken.reveal(),
    template: e2bTemplate,
    program,
    ...(e2bApiUrl !== undefined && { apiUrl: e2bApiUrl }),
    ...(e2bSandboxUrl !== undefined && { sandboxUrl: e2bSandboxUrl }),
  });
}

function report(event: PoolEvent, logger: Logger, metrics: Metrics): void {
  switch (event.kind) {
    case 'job': {
      const ok = event.result === 'ok';
      metrics.e2bJobs.inc({ kind: 'train', result: ok ? 'ok' : 'failed' });
      metrics.e2bJobDuration.observe({ kind: 'train' }, event.ms / 1000);
      metrics.sloEvents.inc({ slo: 'e2b-errors', outcome: ok ? 'good' : 'bad' });
      metrics.sloEvents.inc({ slo: 'e2b-latency', outcome: event.ms <= 30_000 ? 'good' : 'bad' });
      logger.info({ event }, 'training job ended in its sandbox');
      return;
    }
    case 'create-failed':
      logger.warn({ event }, 'sandbox could not be created');
      return;
    default:
      logger.info({ event }, 'sandbox pool changed');
  }
}
