/**
 * Connects lineage: bars, epochs and answers of the valuation cycle, and the audit log's word for which of
 * them are to be kept.
 * Flow: start-service -> here -> engine/lineage-keeper.
 */
import { LineageKeeper } from '#engine/lineage-keeper.ts';
import type { Store } from '#store/ports/store.ts';
import type { Logger } from '#telemetry/logger.ts';
import type { Metrics } from '#telemetry/metrics.ts';
import type { Machine } from './machine.ts';

export interface LineageParts {
  readonly instanceId: string;
  readonly store: Store;
  readonly machine: Machine;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export function buildLineage(parts: LineageParts): LineageKeeper {
  const { instanceId, store, machine, logger, metrics } = parts;
  return new LineageKeeper({
    inputs: store.lineageInputs,
    instance: instanceId,
    plan: machine.plan,
    machine: machine.cycle,
    now: Date.now,
    onLost: (records, error) => {
      metrics.auditLost.inc({ kind: 'lineage' }, records);
      logger.error({ records, err: error }, 'lineage records could not be kept');
    },
  });
}
