/**
 * One local sandbox: a folder, and a child process for each job. The child is a process group of its own,
 * gets no environment, may touch only its folder (Node's permission model: no child processes, no workers,
 * no addons), and is killed with its group when time or the caller's patience runs out.
 * Flow: local-provider -> here -> child process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  ProbeVerdict,
  SandboxFault,
  SandboxFaultKind,
  SandboxOutcome,
  TrainerProgram,
  TrainingJob,
  TrainingSandbox,
} from './training-sandbox.ts';

export const METADATA_FILE = 'metadata.json';
export const PROGRAM_FILE = 'trainer.cjs';
const OUTPUT_TAIL = 2_000;

export interface LocalSandboxOptions {
  readonly id: string;
  readonly folder: string;
  readonly program: TrainerProgram;
  readonly lifetimeMs: number;
}

export function createLocalSandbox({
  id,
  folder,
  program,
  lifetimeMs,
}: LocalSandboxOptions): TrainingSandbox {
  const createdAtMs = Date.now();
  let expiresAtMs = createdAtMs + lifetimeMs;
  const programPath = join(folder, PROGRAM_FILE);
  const running = new Set<ChildProcess>();

  async function probe(): Promise<ProbeVerdict> {
    if (Date.now() >= expiresAtMs) return 'gone';
    return access(programPath).then(
      () => 'healthy' as const,
      () => 'gone' as const,
    );
  }

  return {
    id,
    createdAtMs,
    get expiresAtMs() {
      return expiresAtMs;
    },
    probe,
    reconcile: probe,
    async inspect() {
      if ((await probe()) === 'gone') return 'gone';
      const source = await readFile(programPath);
      return createHash('sha256').update(source).digest('hex') === program.sha256 ? 'healthy' : 'unhealthy';
    },

    async run(job, onProgress, signal) {
      if ((await probe()) === 'gone') return fault('gone', 'upload', 'the sandbox is gone', true);
      const jobFolder = join(folder, 'jobs', job.id);
      const input = join(jobFolder, 'input.json');
      const output = join(jobFolder, 'result.json');
      const startedAt = performance.now();
      try {
        await mkdir(jobFolder, { recursive: true, mode: 0o700 });
        await writeFile(input, job.input, { mode: 0o600 });
        const uploadedAt = performance.now();
        const ended = await train(job, { folder, programPath, input, output, running, onProgress, signal });
        if (!ended.ok) return ended;
        const trainedAt = performance.now();
        const { size } = await stat(output);
        if (size > program.maxResultBytes)
          return fault(
            'bad-result',
            'read',
            `the result has ${size} bytes, the limit is ${program.maxResultBytes}`,
          );
        const result = await readFile(output);
        return {
          ok: true,
          value: {
            result,
            stderrTail: ended.value,
            uploadMs: uploadedAt - startedAt,
            trainMs: trainedAt - uploadedAt,
            readMs: performance.now() - trainedAt,
          },
        };
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
        if (code === 'ENOSPC') return fault('capacity', 'upload', 'no space left for the job', true);
        if (code === 'ENOENT') return fault('bad-result', 'read', 'the trainer left no result');
        return fault('transport', 'upload', `sandbox folder: ${code}`, true);
      } finally {
        await rm(jobFolder, { recursive: true, force: true });
      }
    },

    renew(ms) {
      if (Date.now() >= expiresAtMs)
        return Promise.resolve(fault('gone', 'renew', 'the sandbox has ended', true));
      expiresAtMs = Date.now() + ms;
      return Promise.resolve({ ok: true, value: undefined });
    },
    async destroy() {
      for (const child of running) killGroup(child);
      expiresAtMs = 0;
      await rm(folder, { recursive: true, force: true });
      return { ok: true, value: undefined };
    },
  };
}

interface TrainContext {
  readonly folder: string;
  readonly programPath: string;
  readonly input: string;
  readonly output: string;
  readonly running: Set<ChildProcess>;
  readonly onProgress: ((line: string) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Resolves with the tail of stderr when the trainer ended well. */
function train(job: TrainingJob, context: TrainContext): Promise<SandboxOutcome<string>> {
  const { folder, programPath, input, output, running, onProgress, signal } = context;
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [
        `--max-old-space-size=${job.memoryMb}`,
        '--permission',
        `--allow-fs-read=${folder}/*`,
        `--allow-fs-write=${folder}/jobs/*`,
        programPath,
        input,
        output,
      ],
      { cwd: folder, env: {}, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    running.add(child);
    let stderrTail = '';
    let ending: SandboxFaultKind | undefined;
    const end = (kind: SandboxFaultKind) => {
      ending ??= kind;
      killGroup(child);
    };
    const timer = setTimeout(() => end('timeout'), job.timeoutMs);
    const onAbort = () => end('cancelled');
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted === true) onAbort();
    child.stdout.on('data', (chunk: Buffer) => onProgress?.(chunk.toString('utf8').slice(0, OUTPUT_TAIL)));
    child.stderr.on('data', (chunk: Buffer) => {
      stderrTail = (stderrTail + chunk.toString('utf8')).slice(-OUTPUT_TAIL);
    });
    const settle = (outcome: SandboxOutcome<string>) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      running.delete(child);
      resolve(outcome);
    };
    child.once('error', (error) =>
      settle(fault('transport', 'train', `cannot start the trainer: ${error.message}`, true)),
    );
    child.once('close', (exitCode, killedBy) => {
      if (ending === 'timeout')
        settle(fault('timeout', 'train', `the trainer ran over ${job.timeoutMs} ms`, true));
      else if (ending === 'cancelled') settle(fault('cancelled', 'train', 'the caller gave the job up'));
      else if (exitCode === 0) settle({ ok: true, value: stderrTail });
      else if (killedBy === 'SIGABRT')
        settle(fault('trainer-failed', 'train', 'the trainer ran out of memory'));
      else if (killedBy !== null)
        settle(fault('gone', 'train', `the trainer was ended by ${killedBy}`, true));
      else
        settle(
          fault(
            'trainer-failed',
            'train',
            `exit code ${exitCode}: ${stderrTail.trim()}`,
            false,
            exitCode ?? -1,
          ),
        );
    });
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

function fault(
  kind: SandboxFaultKind,
  stage: SandboxFault['stage'],
  message: string,
  retryable = false,
  exitCode?: number,
): { ok: false; fault: SandboxFault } {
  const base = { kind, stage, message, retryable };
  return { ok: false, fault: exitCode === undefined ? base : { ...base, exitCode } };
}
