/**
 * E2B sandboxes through the official SDK: one client for the process, every call under an outer deadline,
 * every failure classified. A sandbox has no internet and no public traffic, and lives a short while that a
 * heartbeat extends, so that a crashed service stops paying within minutes.
 *
 * Flow: engine/sandbox-pool -> here -> E2B control plane; e2b-sandbox for one sandbox's life.
 */
import { E2B, type SandboxInfo } from 'e2b';
import { withDeadline } from './deadline.ts';
import { classifyE2bError } from './e2b-faults.ts';
import { createE2bSandbox, type Guard } from './e2b-sandbox.ts';
import type { SandboxListing, TrainerProgram, TrainingSandboxProvider } from './training-sandbox.ts';

export interface E2bProviderOptions {
  readonly apiKey: string;
  readonly template: string;
  readonly program: TrainerProgram;
  /** Point the SDK at another deployment; given together or not at all. */
  readonly apiUrl?: string;
  readonly sandboxUrl?: string;
  readonly proxy?: string;
  readonly requestTimeoutMs?: number;
}

const LIST_PAGES_MAX = 50;

export function createE2bProvider(options: E2bProviderOptions): TrainingSandboxProvider {
  if ((options.apiUrl === undefined) !== (options.sandboxUrl === undefined))
    throw new RangeError('Invariant: apiUrl and sandboxUrl are given together or not at all');
  const requestTimeoutMs = options.requestTimeoutMs ?? 15_000;
  const client = new E2B({
    apiKey: options.apiKey,
    requestTimeoutMs,
    retries: 1,
    debug: false,
    ...(options.apiUrl !== undefined && { apiUrl: options.apiUrl }),
    ...(options.sandboxUrl !== undefined && { sandboxUrl: options.sandboxUrl }),
    ...(options.proxy !== undefined && { proxy: options.proxy }),
  });

  const guarded: Guard = async (stage, work, ms = requestTimeoutMs * 2, signal) => {
    try {
      return { ok: true, value: await withDeadline(ms, stage, work) };
    } catch (error) {
      return { ok: false, fault: classifyE2bError(error, stage, signal?.aborted === true) };
    }
  };

  return {
    kind: 'e2b',
    isolation: 'micro-vm',
    async create(metadata, lifetimeMs) {
      const created = await guarded('create', () =>
        client.Sandbox.create(options.template, {
          metadata: { ...metadata },
          timeoutMs: lifetimeMs,
          allowInternetAccess: false,
          network: { allowPublicTraffic: false },
          lifecycle: { onTimeout: 'kill' },
        }),
      );
      if (!created.ok) return created;
      const sandbox = createE2bSandbox(created.value, {
        program: options.program,
        requestTimeoutMs,
        endOfLifeMs: Date.now() + lifetimeMs,
        guarded,
      });
      const prepared = await sandbox.prepare();
      if (prepared.ok) return { ok: true, value: sandbox };
      await sandbox.destroy();
      return prepared;
    },
    list: (metadata) =>
      guarded(
        'list',
        async () => {
          const paginator = client.Sandbox.list({
            query: { metadata: { ...metadata }, state: ['running', 'paused'] },
          });
          const found: SandboxListing[] = [];
          for (let page = 0; paginator.hasNext && page < LIST_PAGES_MAX; page++)
            found.push(...(await paginator.nextItems()).map(listing));
          return found;
        },
        requestTimeoutMs * 4,
      ),
    destroy: (id) => guarded('destroy', () => client.Sandbox.kill(id)),
    close: () => Promise.resolve(),
  };
}

function listing(info: SandboxInfo): SandboxListing {
  return {
    id: info.sandboxId,
    startedAtMs: info.startedAt.getTime(),
    metadata: info.metadata,
    vcpus: info.cpuCount,
    memoryMb: info.memoryMB,
  };
}
