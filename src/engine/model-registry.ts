/**
 * Which version of each model runs, and how that changes: every replica follows the champion in the store,
 * so a promotion made anywhere is in force everywhere within one round.
 *
 * Flow: retraining, http -> here -> store (roles, clouds) and model machine (running states).
 */
import { createHash } from 'node:crypto';
import type { Provenance } from '#domain/market/tick.ts';
import type { ModelVersion, ModelVersions, PromotionOutcome } from '#store/ports/model-versions.ts';
import { StoreUnavailableError } from '#store/ports/store-failure.ts';
import type { ModelMachine } from './model-machine.ts';

export interface GovernanceAudit {
  record(
    action: string,
    subject: string,
    outcome: string,
    details: Readonly<Record<string, unknown>>,
  ): Promise<void>;
}

export interface ModelRegistryOptions {
  readonly versions: ModelVersions;
  readonly machine: ModelMachine;
  readonly audit: GovernanceAudit;
  readonly now: () => number;
  /** Where the bars come from: a model learnt on other data is never installed. */
  readonly provenance: () => Provenance;
  /** A champion runs here, promoted at this time; told at the start as well. */
  readonly onChampion?: (modelId: string, promotedMs: number) => void;
}

export type ChangeOfChampion =
  | { readonly ok: true; readonly version: string; readonly former: string | undefined }
  | {
      readonly ok: false;
      readonly reason: 'unknown-version' | 'stale-fence' | 'conflict' | 'no-predecessor';
      readonly detail: string;
    };

export interface ChampionChange {
  readonly modelId: string;
  readonly version: string;
  readonly fence: number;
  readonly actor: string;
  readonly reason: string;
  readonly expectedChampion?: string;
  /** The call that asked for it, where a caller did. */
  readonly request?: string;
}

export interface ModelRegistry {
  /** Registers a state; the version is named by its hash. */
  add(
    modelId: string,
    state: Float64Array,
    role: 'champion' | 'challenger' | 'rejected',
    facts: Readonly<Record<string, unknown>>,
  ): Promise<ModelVersion>;
  /** Makes a version champion, everywhere; audited before it changes anything and before anyone is told. */
  promote(change: ChampionChange): Promise<ChangeOfChampion>;
  /** Back to the champion before this one. */
  rollback(change: Omit<ChampionChange, 'version' | 'expectedChampion'>): Promise<ChangeOfChampion>;
  /**
   * Installs every champion of the store that does not run yet; returns the models that changed. A champion
   * that does not fit this release is audited once and left alone.
   */
  follow(): Promise<readonly string[]>;
  /** Makes what runs the champion of every model that has none; for the first fit of all. */
  adoptFirst(fence: number): Promise<readonly string[]>;
}

export function versionOf(state: Float64Array): string {
  const bytes = new Uint8Array(state.buffer, state.byteOffset, state.byteLength);
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

export function createModelRegistry({
  versions,
  machine,
  audit,
  now,
  provenance,
  onChampion = () => undefined,
}: ModelRegistryOptions): ModelRegistry {
  const known = new Set(machine.slots.map(({ modelId }) => modelId));
  const unfit = new Set<string>();

  const isOurs = (facts: string) =>
    (JSON.parse(facts) as { provenance?: unknown }).provenance === provenance();

  async function install(modelId: string, version: string): Promise<void> {
    const bytes = await versions.cloud(modelId, version);
    if (bytes === undefined) throw new Error(`model ${modelId} has no cloud of version ${version}`);
    const state = new Float64Array(bytes.byteLength / 8);
    new Uint8Array(state.buffer).set(bytes);
    await machine.install(modelId, version, state);
  }

  async function makeChampion(
    { modelId, version, fence, expectedChampion }: Omit<ChampionChange, 'actor' | 'reason'>,
    atMs: number,
    facts: Readonly<Record<string, unknown>>,
  ): Promise<PromotionOutcome> {
    const record = (outcome: string) =>
      audit.record('model.promote', `${modelId}@${version}`, outcome, { ...facts, fence });
    await record('requested');
    const change = { modelId, version, fence, atMs };
    const outcome = await versions
      .promote(expectedChampion === undefined ? change : { ...change, expectedChampion })
      .catch(async (error: unknown) => {
        await record('error');
        throw error;
      });
    await record(outcome.kind);
    return outcome;
  }

  const registry: ModelRegistry = {
    add(modelId, state, role, facts) {
      const bytes = new Uint8Array(state.buffer, state.byteOffset, state.byteLength).slice();
      const parent = machine.installedVersion(modelId);
      return versions.add(
        {
          modelId,
          version: versionOf(state),
          role,
          createdMs: now(),
          facts: JSON.stringify({ ...facts, provenance: provenance() }),
          ...(parent !== undefined && { parent }),
        },
        bytes,
      );
    },

    async promote(change) {
      const { modelId, version, fence, actor, reason, request } = change;
      const atMs = now();
      const outcome = await makeChampion(change, atMs, { actor, reason, request });
      switch (outcome.kind) {
        case 'promoted':
          await install(modelId, version);
          onChampion(modelId, atMs);
          return { ok: true, version, former: outcome.former };
        case 'already':
          return { ok: true, version, former: undefined };
        case 'unknown-version':
          return { ok: false, reason: 'unknown-version', detail: `${modelId} has no version ${version}` };
        case 'stale-fence':
          return {
            ok: false,
            reason: 'stale-fence',
            detail: `fence ${fence} is older than ${outcome.newest}`,
          };
        case 'conflict':
          return { ok: false, reason: 'conflict', detail: `the champion is ${outcome.champion ?? 'none'}` };
      }
    },

    async rollback(change) {
      const { modelId, actor, reason, request } = change;
      const champion = await versions.champion(modelId);
      const predecessors = (await versions.list(modelId, 100))
        .filter(({ version, promotedMs }) => version !== champion?.version && promotedMs !== undefined)
        .sort((a, b) => b.promotedMs! - a.promotedMs!);
      const [predecessor] = predecessors;
      if (champion === undefined || predecessor === undefined) {
        await audit.record('model.rollback', modelId, 'no-predecessor', { actor, reason, request });
        return { ok: false, reason: 'no-predecessor', detail: `${modelId} has had one champion only` };
      }
      const { version } = predecessor;
      return registry.promote({ ...change, version, expectedChampion: champion.version });
    },

    async follow() {
      const changed: string[] = [];
      for (const { modelId, version, facts, promotedMs } of await versions.champions()) {
        if (!isOurs(facts)) continue;
        const subject = `${modelId}@${version}`;
        if (!known.has(modelId) || unfit.has(subject) || machine.installedVersion(modelId) === version)
          continue;
        try {
          await install(modelId, version);
          onChampion(modelId, promotedMs ?? 0);
          changed.push(modelId);
        } catch (error) {
          if (error instanceof StoreUnavailableError) throw error;
          unfit.add(subject);
          await audit.record('model.install', subject, 'failed', { reason: String(error) });
        }
      }
      return changed;
    },

    async adoptFirst(fence) {
      const adopted: string[] = [];
      for (const { modelId } of machine.slots) {
        if (machine.installedVersion(modelId) !== undefined) continue;
        const champion = await versions.champion(modelId);
        if (champion !== undefined && isOurs(champion.facts)) continue;
        // Last, and only where it is needed: the image is a copy of a megabyte.
        const state = machine.running(modelId);
        if (state === undefined) continue;
        const { version } = await registry.add(modelId, state, 'challenger', { origin: 'first fit' });
        const outcome = await makeChampion({ modelId, version, fence }, now(), { reason: 'first fit' });
        if (outcome.kind !== 'promoted') continue;
        machine.adopt(modelId, version);
        adopted.push(modelId);
      }
      return adopted;
    },
  };
  return registry;
}
