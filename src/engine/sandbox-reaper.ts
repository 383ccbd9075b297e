/**
 * Finds and ends sandboxes that carry our tag but that nobody holds any more: replies lost while one was
 * made, and what a killed service left behind. Untagged sandboxes and those of living instances are never
 * touched, and a young one gets a grace, since its maker may still be waiting for the reply.
 *
 * Flow: sandbox-pool -> here -> sandbox provider. Units: milliseconds.
 */
import type { TrainingSandboxProvider } from '#sandbox/training-sandbox.ts';

export interface ReaperOptions {
  readonly provider: TrainingSandboxProvider;
  readonly tag: Readonly<Record<string, string>>;
  readonly instanceId: string;
  readonly graceMs: number;
  /** Instances that still live, our own included; while that cannot be learned nothing is ended. */
  readonly liveInstances: () => Promise<ReadonlySet<string>>;
}

/** Ends every orphan; returns their ids. Failures are left for the next round. */
export async function reapOrphans(
  options: ReaperOptions,
  held: ReadonlySet<string>,
  nowMs: number,
): Promise<readonly string[]> {
  const listed = await options.provider.list(options.tag);
  if (!listed.ok || listed.value.length === 0) return [];
  const living = await options.liveInstances().catch(() => undefined);
  if (living === undefined) return [];
  const reaped: string[] = [];
  for (const { id, metadata, startedAtMs } of listed.value) {
    const owner = metadata['instanceId'] ?? '';
    if (held.has(id)) continue;
    if (owner !== options.instanceId && living.has(owner)) continue;
    if (owner === options.instanceId && nowMs - startedAtMs < options.graceMs) continue;
    const ended = await options.provider.destroy(id);
    if (ended.ok) reaped.push(id);
  }
  return reaped;
}
