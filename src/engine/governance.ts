/**
 * Model governance as http sees it: what runs, what was trained, who promoted what, and the calls that
 * change it. Every change is audited by what it calls.
 * Flow: http/routes/models -> here -> model-registry, retraining, store.
 */
import type { ModelVersion, ModelVersions } from '#store/ports/model-versions.ts';
import type { TrainingJob, TrainingJobs } from '#store/ports/training-jobs.ts';
import type { AuditCaller } from './audit-desk.ts';
import type { ModelMachine } from './model-machine.ts';
import type { ChangeOfChampion, ModelRegistry } from './model-registry.ts';
import type { Retraining } from './retraining.ts';

export interface VersionView {
  readonly modelId: string;
  readonly version: string;
  readonly role: string;
  readonly createdMs: number;
  readonly promotedMs?: number;
  readonly parent?: string;
  readonly hash: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface ModelView {
  readonly id: string;
  readonly symbol: string;
  readonly intervalMs: number;
  /** The version this replica runs; absent before the first fit is in place. */
  readonly running?: string;
  readonly versions: readonly VersionView[];
}

export interface JobView {
  readonly id: string;
  readonly modelId: string;
  readonly trigger: string;
  readonly state: string;
  readonly createdMs: number;
  readonly startedMs?: number;
  readonly finishedMs?: number;
  readonly progress: number;
  readonly attempts: number;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: string;
}

export interface Governance {
  models(versionLimit: number): Promise<readonly ModelView[]>;
  model(modelId: string, versionLimit: number): Promise<ModelView | undefined>;
  version(modelId: string, version: string): Promise<VersionView | undefined>;
  /** The id of the queued or already open job; undefined for an unknown model. */
  train(modelId: string, caller: AuditCaller): Promise<string | undefined>;
  /** `expectedChampion`, when given, must be the champion now. */
  promote(
    modelId: string,
    version: string,
    caller: AuditCaller,
    reason: string,
    expectedChampion?: string,
  ): Promise<ChangeOfChampion>;
  rollback(modelId: string, caller: AuditCaller, reason: string): Promise<ChangeOfChampion>;
  job(id: string): Promise<JobView | undefined>;
  jobs(
    limit: number,
    before?: { readonly createdMs: number; readonly id: string },
  ): Promise<readonly JobView[]>;
}

export interface GovernanceDeps {
  readonly machine: ModelMachine;
  readonly versions: ModelVersions;
  readonly jobs: TrainingJobs;
  readonly registry: ModelRegistry;
  readonly retraining: Retraining;
}

export function createGovernance({
  machine,
  versions,
  jobs,
  registry,
  retraining,
}: GovernanceDeps): Governance {
  async function model(modelId: string, versionLimit: number): Promise<ModelView | undefined> {
    const slot = machine.slots.find((candidate) => candidate.modelId === modelId);
    if (slot === undefined) return undefined;
    const running = machine.installedVersion(modelId);
    const kept = await versions.list(modelId, versionLimit);
    return {
      id: modelId,
      symbol: slot.symbol,
      intervalMs: slot.intervalMs,
      ...(running !== undefined && { running }),
      versions: kept.map(versionView),
    };
  }

  return {
    async models(versionLimit) {
      const views = await Promise.all(machine.slots.map(({ modelId }) => model(modelId, versionLimit)));
      return views.filter((view) => view !== undefined);
    },
    model,
    async version(modelId, version) {
      const found = await versions.get(modelId, version);
      return found && versionView(found);
    },
    train: (modelId, { actor, requestId }) => retraining.request(modelId, 'manual', actor, requestId),
    async promote(modelId, version, { actor, requestId: request }, reason, expectedChampion) {
      const fence = await retraining.fence();
      const change = { modelId, version, fence, actor, reason, request };
      return registry.promote(expectedChampion === undefined ? change : { ...change, expectedChampion });
    },
    async rollback(modelId, { actor, requestId: request }, reason) {
      return registry.rollback({ modelId, fence: await retraining.fence(), actor, reason, request });
    },
    async job(id) {
      const found = await jobs.get(id);
      return found && jobView(found);
    },
    async jobs(limit, before) {
      return (await jobs.list(before === undefined ? { limit } : { limit, before })).map(jobView);
    },
  };
}

function versionView({ cloudBytes: _cloudBytes, facts, ...version }: ModelVersion): VersionView {
  return { ...version, facts: JSON.parse(facts) as Record<string, unknown> };
}

function jobView({
  request: _request,
  holder: _holder,
  fence: _fence,
  result,
  ...job
}: TrainingJob): JobView {
  return { ...job, ...(result !== undefined && { result: JSON.parse(result) as Record<string, unknown> }) };
}
