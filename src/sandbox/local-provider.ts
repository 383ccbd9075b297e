/**
 * Sandboxes as folders on this machine, each running its jobs in a child process: the embedded default
 * where there is no E2B key. It bounds time and memory and hands down no environment and no files but its
 * own, yet it is no isolation from hostile code, and says so.
 *
 * A sandbox is a folder with its metadata in a file, so that one left behind by a killed service is found.
 * Flow: engine/sandbox-pool -> here -> local-sandbox.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLocalSandbox, METADATA_FILE, PROGRAM_FILE } from './local-sandbox.ts';
import type {
  SandboxFault,
  SandboxListing,
  SandboxStage,
  TrainerProgram,
  TrainingSandboxProvider,
} from './training-sandbox.ts';

export interface LocalProviderOptions {
  /** Folder that holds one folder a sandbox. */
  readonly root: string;
  readonly program: TrainerProgram;
}

export function createLocalProvider(options: LocalProviderOptions): TrainingSandboxProvider {
  const { root, program } = options;

  return {
    kind: 'local',
    isolation: 'none',
    async create(metadata, lifetimeMs) {
      const id = `local-${randomUUID()}`;
      const folder = join(root, id);
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(join(folder, METADATA_FILE), JSON.stringify(metadata), { mode: 0o600 });
        await writeFile(join(folder, PROGRAM_FILE), program.source, { mode: 0o600 });
      } catch (error) {
        await rm(folder, { recursive: true, force: true });
        return { ok: false, fault: fileFault(error, 'create') };
      }
      return { ok: true, value: createLocalSandbox({ id, folder, program, lifetimeMs }) };
    },
    async list(metadata) {
      try {
        const found = await Promise.all(
          (await readdir(root).catch(() => [])).map((id) => describe(root, id)),
        );
        const wanted = Object.entries(metadata);
        return {
          ok: true,
          value: found.filter(
            (entry): entry is SandboxListing =>
              entry !== undefined && wanted.every(([key, value]) => entry.metadata[key] === value),
          ),
        };
      } catch (error) {
        return { ok: false, fault: fileFault(error, 'list') };
      }
    },
    async destroy(id) {
      if (!/^local-[0-9a-f-]{36}$/.test(id)) return { ok: true, value: false };
      const folder = join(root, id);
      const existed = await stat(folder).then(
        () => true,
        () => false,
      );
      await rm(folder, { recursive: true, force: true });
      return { ok: true, value: existed };
    },
    close: () => Promise.resolve(),
  };
}

async function describe(root: string, id: string): Promise<SandboxListing | undefined> {
  try {
    const file = join(root, id, METADATA_FILE);
    const metadata = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
    const { birthtimeMs } = await stat(file);
    return { id, metadata, startedAtMs: birthtimeMs, vcpus: 0, memoryMb: 0 };
  } catch {
    // A folder that is being made or removed by another process is not a sandbox now.
    return undefined;
  }
}

function fileFault(error: unknown, stage: SandboxStage): SandboxFault {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  const full = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EMFILE';
  return {
    kind: full ? 'capacity' : 'transport',
    message: `sandbox folder: ${code}`,
    retryable: full,
    stage,
  };
}
