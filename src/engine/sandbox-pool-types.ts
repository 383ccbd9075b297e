/** What the sandbox pool is made of, what it tells, and what a job gets back. Units: milliseconds, US dollars. */
import type {
  SandboxFault,
  SandboxOutcome,
  TrainingRun,
  TrainingSandboxProvider,
} from '#sandbox/training-sandbox.ts';
import type { SandboxPrices } from './sandbox-cost.ts';

export interface SandboxPoolOptions {
  readonly provider: TrainingSandboxProvider;
  readonly size: number;
  /** Names the deployment: every sandbox carries it, and the reaper looks for it. */
  readonly tag: Readonly<Record<string, string>>;
  readonly instanceId: string;
  readonly liveInstances: () => Promise<ReadonlySet<string>>;
  /** Life given at creation and at each heartbeat; short, so that a crash stops paying soon. */
  readonly leaseMs?: number;
  /** The provider's hard limit on a sandbox's life. */
  readonly maxLifetimeMs?: number;
  readonly jobBudgetMs?: number;
  readonly memoryMb?: number;
  readonly maxQueue?: number;
  readonly maintenanceMs?: number;
  readonly dailyBudgetUsd?: number;
  readonly prices?: SandboxPrices;
  readonly now?: () => number;
  readonly onEvent?: (event: PoolEvent) => void;
}

export type PoolEvent =
  | {
      readonly kind: 'created' | 'lost' | 'rotated' | 'reaped';
      readonly sandboxId: string;
      readonly reason?: string;
    }
  | { readonly kind: 'create-failed'; readonly fault: SandboxFault }
  | {
      readonly kind: 'job';
      readonly jobId: string;
      readonly result: string;
      readonly ms: number;
      readonly attempts: number;
    };

export interface PoolJob {
  readonly id: string;
  readonly input: Uint8Array;
}

export interface PoolRun extends TrainingRun {
  readonly sandboxId: string;
  readonly attempts: number;
  readonly queuedMs: number;
}

export interface PoolStatus {
  readonly provider: 'e2b' | 'local';
  readonly isolation: 'micro-vm' | 'none';
  readonly required: number;
  readonly healthy: number;
  readonly unhealthy: number;
  readonly starting: number;
  readonly quorum: boolean;
  readonly queued: number;
  readonly spentTodayUsd: number;
  readonly blocked: string | undefined;
}

export interface SandboxPool {
  start(): Promise<void>;
  submit(
    job: PoolJob,
    onProgress?: (line: string) => void,
    signal?: AbortSignal,
  ): Promise<SandboxOutcome<PoolRun>>;
  status(): PoolStatus;
  /** One round of probes, renewals, replacements and reaping; the pool calls it on its own timer. */
  maintain(): Promise<void>;
  close(): Promise<void>;
}
