/**
 * Connects lineage: bars, epochs and answers of the valuation cycle, and the audit log's word for which of
 * them are to be kept.
 * Flow: start-service -> here -> engine/lineage-keeper.
 */
import type { Config } from '#config/load-config.ts';
import { LineageKeeper } from '#engine/lineage-keeper.ts';
import type { Store } from '#store/ports/store.ts';
import type { Logger } from '#telemetry/logger.ts';
import type { Machine } from './machine.ts';

export interface LineageParts {
  readonly config: Config;
  readonly instanceId: string;
  readonly store: Store;
  readonly machine: Machine;
  readonly logger: Logger;
}

/** Undefined where no answer is ever audited: then nothing needs to be computed again. */
export function buildLineage(parts: LineageParts): LineageKeeper | undefined {
  const { config, instanceId, store, machine, logger } = parts;
  if (config.compliance.auditSampleRatio === 0) return undefined;
  return new LineageKeeper({
    inputs: store.lineageInputs,
    instance: instanceId,
    plan: machine.plan,
    machine: machine.cycle,
    now: Date.now,
    onLost: (records, error) => logger.error({ records, err: error }, 'lineage records could not be kept'),
  });
}
