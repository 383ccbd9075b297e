/**
 * The door of the sandbox room: an isolated place that runs the trainer program on one job at a time.
 * Two adapters stand behind it: E2B (a micro-VM each) and a local child process (embedded default).
 * Everything that comes out of a sandbox is hostile until checked by the caller.
 *
 * Flow: engine/sandbox-pool -> here -> trainer program -> result bytes.
 */
export type SandboxFaultKind =
  | 'capacity'
  | 'rate-limited'
  | 'auth'
  | 'gone'
  | 'timeout'
  | 'trainer-failed'
  | 'bad-result'
  | 'transport'
  | 'cancelled';

export type SandboxStage = 'create' | 'upload' | 'train' | 'read' | 'probe' | 'renew' | 'list' | 'destroy';

export interface SandboxFault {
  readonly kind: SandboxFaultKind;
  readonly message: string;
  readonly stage: SandboxStage;
  /** Whether the same call may succeed elsewhere or later. */
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
  readonly exitCode?: number;
}

export type SandboxOutcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: SandboxFault };

export interface TrainingJob {
  readonly id: string;
  /** The job document that the trainer reads; its meaning is the trainer's affair. */
  readonly input: Uint8Array;
  /** Bound on the training command itself. */
  readonly timeoutMs: number;
  readonly memoryMb: number;
}

export interface TrainingRun {
  readonly result: Uint8Array;
  readonly stderrTail: string;
  readonly uploadMs: number;
  readonly trainMs: number;
  readonly readMs: number;
}

/** gone: will never answer again. unknown: no answer this time, the caller counts. */
export type ProbeVerdict = 'healthy' | 'unhealthy' | 'gone' | 'unknown';

export interface TrainingSandbox {
  readonly id: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** Level 1: is the daemon there. Cheap. */
  probe(): Promise<ProbeVerdict>;
  /** Level 2: a tiny command that proves the runtime and the trainer bundle are whole. Idle sandboxes only. */
  inspect(): Promise<ProbeVerdict>;
  /** Level 3: what the provider says of its state and end of life; refreshes expiresAtMs. */
  reconcile(): Promise<ProbeVerdict>;
  run(
    job: TrainingJob,
    onProgress?: (line: string) => void,
    signal?: AbortSignal,
  ): Promise<SandboxOutcome<TrainingRun>>;
  /** Pushes the end of life to `lifetimeMs` from now. */
  renew(lifetimeMs: number): Promise<SandboxOutcome<void>>;
  destroy(): Promise<SandboxOutcome<void>>;
}

export interface SandboxListing {
  readonly id: string;
  readonly startedAtMs: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly vcpus: number;
  readonly memoryMb: number;
}

export interface TrainingSandboxProvider {
  readonly kind: 'e2b' | 'local';
  readonly isolation: 'micro-vm' | 'none';
  /** `metadata` is attached before the sandbox exists, so that one whose reply was lost can be found. */
  create(
    metadata: Readonly<Record<string, string>>,
    lifetimeMs: number,
  ): Promise<SandboxOutcome<TrainingSandbox>>;
  /** Every sandbox, running or paused, that carries these metadata. */
  list(metadata: Readonly<Record<string, string>>): Promise<SandboxOutcome<readonly SandboxListing[]>>;
  /** True when it was there; false when it was gone already. */
  destroy(id: string): Promise<SandboxOutcome<boolean>>;
  close(): Promise<void>;
}

/** The program a sandbox runs: one file, its SHA-256, and the largest result it may hand back. */
export interface TrainerProgram {
  readonly source: string;
  readonly sha256: string;
  readonly maxResultBytes: number;
}
