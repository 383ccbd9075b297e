/**
 * One E2B sandbox: the trainer is uploaded once and verified, jobs go in as files, and results come out as
 * one file of a fixed path whose size is checked before a byte of it is read.
 * Flow: e2b-provider -> here -> the sandbox's daemon.
 */
import type { Sandbox } from 'e2b';
import type {
  ProbeVerdict,
  SandboxFault,
  SandboxOutcome,
  SandboxStage,
  TrainerProgram,
  TrainingSandbox,
} from './training-sandbox.ts';

const HOME = '/home/user/bvar';
const PROGRAM = `${HOME}/trainer.cjs`;
const COMPRESS_ABOVE_BYTES = 1 << 20;
const STDERR_TAIL = 2_000;

export type Guard = <T>(
  stage: SandboxStage,
  work: () => Promise<T>,
  ms?: number,
  /** With it the caller may give the call up. */
  signal?: AbortSignal,
) => Promise<SandboxOutcome<T>>;

export interface E2bSandboxOptions {
  readonly program: TrainerProgram;
  readonly requestTimeoutMs: number;
  readonly endOfLifeMs: number;
  readonly guarded: Guard;
}

export interface E2bSandbox extends TrainingSandbox {
  /** Uploads the trainer and proves that it arrived whole. */
  prepare(): Promise<SandboxOutcome<void>>;
}

export function createE2bSandbox(sandbox: Sandbox, options: E2bSandboxOptions): E2bSandbox {
  const { program, requestTimeoutMs, guarded } = options;
  const createdAtMs = Date.now();
  let expiresAtMs = options.endOfLifeMs;

  const checksum = () => sandbox.commands.run(`sha256sum ${PROGRAM} && node --version`, { timeoutMs: 5_000 });

  return {
    id: sandbox.sandboxId,
    createdAtMs,
    get expiresAtMs() {
      return expiresAtMs;
    },

    async prepare() {
      const uploaded = await guarded('upload', () =>
        sandbox.files.write(PROGRAM, program.source, { requestTimeoutMs, useOctetStream: true, gzip: true }),
      );
      if (!uploaded.ok) return uploaded;
      const checked = await guarded('upload', checksum);
      if (!checked.ok) return checked;
      if (checked.value.stdout.startsWith(program.sha256)) return { ok: true, value: undefined };
      return badResult('the trainer that arrived differs from the one that was sent', 'upload');
    },

    async probe() {
      const answer = await guarded('probe', () => sandbox.isRunning({ requestTimeoutMs: 2_000 }), 5_000);
      if (answer.ok) return answer.value ? 'healthy' : 'gone';
      return absence(answer.fault);
    },

    async inspect() {
      const answer = await guarded('probe', checksum);
      if (answer.ok) return answer.value.stdout.startsWith(program.sha256) ? 'healthy' : 'unhealthy';
      return answer.fault.kind === 'trainer-failed' ? 'unhealthy' : absence(answer.fault);
    },

    async reconcile() {
      const answer = await guarded('probe', () => sandbox.getInfo());
      if (!answer.ok) return absence(answer.fault);
      expiresAtMs = answer.value.endAt.getTime();
      return answer.value.state === 'running' ? 'healthy' : 'unhealthy';
    },

    async run(job, onProgress, signal) {
      const folder = `${HOME}/jobs/${job.id}`;
      const input = `${folder}/input.json`;
      const output = `${folder}/result.json`;
      const startedAt = performance.now();
      const uploaded = await guarded('upload', () =>
        sandbox.files.write(input, new Blob([new Uint8Array(job.input)]), {
          requestTimeoutMs,
          useOctetStream: true,
          gzip: job.input.byteLength > COMPRESS_ABOVE_BYTES,
        }),
      );
      if (!uploaded.ok) return uploaded;
      const uploadedAt = performance.now();
      let stderrTail = '';
      const command = `exec node --max-old-space-size=${job.memoryMb} ${PROGRAM} ${input} ${output}`;
      const trained = await guarded(
        'train',
        () =>
          sandbox.commands.run(command, {
            timeoutMs: job.timeoutMs,
            requestTimeoutMs,
            onStdout: (text) => onProgress?.(text.slice(0, STDERR_TAIL)),
            onStderr: (text) => {
              stderrTail = (stderrTail + text).slice(-STDERR_TAIL);
            },
            ...(signal !== undefined && { signal }),
          }),
        job.timeoutMs + requestTimeoutMs,
        signal,
      );
      if (!trained.ok) return { ok: false, fault: withTail(trained.fault, stderrTail) };
      const trainedAt = performance.now();
      const read = await readResult(sandbox, output, program.maxResultBytes, options);
      await guarded('read', () => sandbox.files.remove(folder, { requestTimeoutMs }));
      if (!read.ok) return read;
      const [uploadMs, trainMs, readMs] = [
        uploadedAt - startedAt,
        trainedAt - uploadedAt,
        performance.now() - trainedAt,
      ];
      return { ok: true, value: { result: read.value, stderrTail, uploadMs, trainMs, readMs } };
    },

    async renew(lifetimeMs) {
      const renewed = await guarded('renew', () => sandbox.setTimeout(lifetimeMs));
      if (renewed.ok) expiresAtMs = Date.now() + lifetimeMs;
      return renewed;
    },

    async destroy() {
      const killed = await guarded('destroy', () => sandbox.kill());
      return killed.ok ? { ok: true, value: undefined } : killed;
    },
  };
}

async function readResult(
  sandbox: Sandbox,
  path: string,
  maxBytes: number,
  { guarded, requestTimeoutMs }: E2bSandboxOptions,
): Promise<SandboxOutcome<Uint8Array>> {
  const info = await guarded('read', () => sandbox.files.getInfo(path, { requestTimeoutMs }));
  if (!info.ok) return { ok: false, fault: info.fault };
  if (info.value.size > maxBytes)
    return badResult(`the result has ${info.value.size} bytes, the limit is ${maxBytes}`, 'read');
  const bytes = await guarded('read', async () => {
    const stream = await sandbox.files.read(path, { format: 'stream', requestTimeoutMs });
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of stream) {
      size += chunk.byteLength;
      if (size > maxBytes) return undefined;
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  });
  if (!bytes.ok) return bytes;
  return bytes.value === undefined
    ? badResult(`the result grew past ${maxBytes} bytes while it was read`, 'read')
    : { ok: true, value: bytes.value };
}

function badResult(message: string, stage: SandboxStage): { ok: false; fault: SandboxFault } {
  return { ok: false, fault: { kind: 'bad-result', message, retryable: false, stage } };
}

/** A failed probe: gone for certain, or no answer this time. */
function absence(fault: SandboxFault): ProbeVerdict {
  return fault.kind === 'gone' ? 'gone' : 'unknown';
}

function withTail(fault: SandboxFault, stderrTail: string): SandboxFault {
  const message = stderrTail === '' ? fault.message : `${fault.message}: ${stderrTail.trim()}`;
  return { ...fault, message: message.slice(0, STDERR_TAIL) };
}
