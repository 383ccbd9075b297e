/** Training runs as jobs: queued, running, then done, failed or cancelled. Times in epoch milliseconds. */
export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

export interface TrainingJob {
  readonly id: string;
  readonly modelId: string;
  readonly trigger: string;
  readonly state: JobState;
  readonly createdMs: number;
  readonly startedMs?: number;
  readonly finishedMs?: number;
  /** Share done, in [0, 1]. */
  readonly progress: number;
  /** The lease holder that runs it. */
  readonly holder?: string;
  readonly fence?: number;
  readonly attempts: number;
  /** Canonical JSON of what was asked. */
  readonly request: string;
  /** Canonical JSON of what came out. */
  readonly result?: string;
  /** A closed reason, never a secret. */
  readonly error?: string;
}

export interface JobChange {
  readonly state?: JobState;
  readonly progress?: number;
  readonly startedMs?: number;
  readonly finishedMs?: number;
  readonly holder?: string;
  readonly fence?: number;
  readonly attempts?: number;
  readonly result?: string;
  readonly error?: string;
}

export interface JobFilter {
  readonly modelId?: string;
  readonly states?: readonly JobState[];
  readonly limit: number;
  /** Newest first; jobs strictly older than this one. */
  readonly before?: { readonly createdMs: number; readonly id: string };
}

export interface TrainingJobs {
  add(job: TrainingJob): Promise<void>;
  get(id: string): Promise<TrainingJob | undefined>;
  list(filter: JobFilter): Promise<readonly TrainingJob[]>;
  /**
   * Refused (false) where the job is unknown, already over, or was changed under a newer fence than
   * `change.fence`: a former leader's late report changes nothing.
   */
  change(id: string, change: JobChange): Promise<boolean>;
}
