/**
 * The end of the process, in the order that loses no request: announce, serve on, close, leave.
 * Flow:  SIGTERM -> readiness 503, Connection: close on every answer, streams told -> drainMs pass ->
 *        listeners closed, requests in flight finished -> the rest closed top-down -> exit 0
 * Units: milliseconds. Past `timeoutMs`, or at a second signal, the process leaves at once with code 1.
 */
import type { Logger } from '#telemetry/logger.ts';
import type { Metrics } from '#telemetry/metrics.ts';
import type { Drain } from './drain.ts';

export interface LifecycleOptions {
  readonly drain: Drain;
  readonly drainMs: number;
  readonly timeoutMs: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Closed one after the other; the HTTP application comes first. */
  readonly close: readonly { readonly name: string; readonly close: () => Promise<unknown> }[];
  readonly exit: (code: number) => void;
}

export interface Lifecycle {
  /** Starts the stop, or returns the one under way. Resolves just before `exit` is called. */
  stop(reason: string): Promise<void>;
}

export function createLifecycle(options: LifecycleOptions): Lifecycle {
  let stopping: Promise<void> | undefined;
  return {
    stop(reason) {
      stopping ??= stopProcess(options, reason);
      return stopping;
    },
  };
}

async function stopProcess(options: LifecycleOptions, reason: string): Promise<void> {
  const { drain, drainMs, timeoutMs, logger, metrics, close, exit } = options;
  logger.info({ reason, drainMs }, 'stopping');
  const limit = setTimeout(() => {
    logger.fatal({ timeoutMs }, 'stop took too long');
    exit(1);
  }, timeoutMs);
  limit.unref();
  metrics.draining.set(1);
  drain.begin();
  await new Promise((resolve) => setTimeout(resolve, drainMs));
  let failed = false;
  for (const part of close) {
    try {
      await part.close();
    } catch (error) {
      failed = true;
      logger.error({ err: error, part: part.name }, 'part failed to close');
    }
  }
  clearTimeout(limit);
  logger.info('stopped');
  exit(failed ? 1 : 0);
}

/** Stops on SIGTERM and SIGINT; a second signal does not wait. */
export function stopOnSignals(
  lifecycle: Lifecycle,
  exit: (code: number) => void,
  signals: NodeJS.EventEmitter = process,
): void {
  let asked = false;
  for (const signal of ['SIGTERM', 'SIGINT']) {
    signals.on(signal, () => {
      if (asked) exit(1);
      else void lifecycle.stop(signal);
      asked = true;
    });
  }
}
