/**
 * Probes of the running process: what the kernel says of it (/proc) and what the service was started with.
 * Flow: /proc/self/status, /proc/self/mountinfo, options -> probes -> domain/compliance/security-evidence.ts
 * Where /proc is absent a probe is not made, and an unmade probe is no pass.
 */
import { readFile } from 'node:fs/promises';
import type { SecurityProbe } from '#domain/compliance/security-evidence.ts';

export interface SecurityOptions {
  /** `listener`: we serve TLS ourselves; `gateway`: something in front does, by configuration. */
  readonly tls: 'listener' | 'gateway' | 'none';
  /** Every route of the API asks for a token. */
  readonly authentication: boolean;
  /** The uid that the deployment promises; any uid but root where absent. */
  readonly uid?: number;
  /** Absent where no exchange key is configured. */
  readonly exchangeKey?: { readonly excessRights: readonly string[] | undefined };
  /** Elsewhere in tests. */
  readonly procDir?: string;
}

export async function probeSecurity(options: SecurityOptions): Promise<readonly SecurityProbe[]> {
  const proc = options.procDir ?? '/proc/self';
  const [status, mounts] = await Promise.all([read(`${proc}/status`), read(`${proc}/mountinfo`)]);
  return [
    uidProbe(field(status, 'Uid'), options.uid),
    readOnlyRootProbe(mounts),
    capabilitiesProbe(status),
    flagProbe('seccomp', field(status, 'Seccomp'), ['1', '2'], 'no filter is loaded'),
    flagProbe('no-new-privileges', field(status, 'NoNewPrivs'), ['1'], 'privileges can be gained'),
    {
      name: 'tls',
      holds: options.tls !== 'none',
      detail: options.tls === 'none' ? 'traffic is not encrypted' : `by the ${options.tls}`,
    },
    {
      name: 'authentication',
      holds: options.authentication,
      detail: options.authentication ? 'bearer tokens' : 'off',
    },
    ...(options.exchangeKey === undefined ? [] : [keyProbe(options.exchangeKey.excessRights)]),
  ];
}

async function read(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

function field(status: string | undefined, name: string): string | undefined {
  return status === undefined ? undefined : new RegExp(`^${name}:\\s*(.+)$`, 'm').exec(status)?.[1]?.trim();
}

function unmade(name: string): SecurityProbe {
  return { name, holds: undefined, detail: 'cannot be read on this system' };
}

/** Real, effective, saved and file system uid must all be what was promised. */
function uidProbe(uids: string | undefined, wanted: number | undefined): SecurityProbe {
  const name = 'uid';
  if (uids === undefined) return unmade(name);
  const all = [...new Set(uids.split(/\s+/).map(Number))];
  const holds = all.every((uid) => (wanted === undefined ? uid !== 0 : uid === wanted));
  return { name, holds, detail: `runs as ${all.join(', ')}` };
}

/** The last mount over `/` is the one in force; its own flags and its file system's must say ro. */
function readOnlyRootProbe(mounts: string | undefined): SecurityProbe {
  const name = 'read-only-root';
  if (mounts === undefined) return unmade(name);
  const root = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .findLast((parts) => parts[4] === '/');
  if (root === undefined) return unmade(name);
  const own = root[5]?.split(',') ?? [];
  const fileSystem = root.at(-1)?.split(',') ?? [];
  const holds = own.includes('ro') || fileSystem.includes('ro');
  return { name, holds, detail: holds ? 'mounted read-only' : 'the root file system can be written' };
}

/** None effective, permitted, inheritable or ambient. The bounding set grants nothing by itself. */
function capabilitiesProbe(status: string | undefined): SecurityProbe {
  const name = 'capabilities';
  const sets = ['CapEff', 'CapPrm', 'CapInh', 'CapAmb'].map((set) => [set, field(status, set)] as const);
  if (sets.some(([, value]) => value === undefined)) return unmade(name);
  const held = sets.filter(([, value]) => !/^0+$/.test(value as string));
  const detail = held.length === 0 ? 'none' : held.map(([set, value]) => `${set} ${value}`).join(', ');
  return { name, holds: held.length === 0, detail };
}

/** A service that answers questions holds no key that could trade. */
function keyProbe(excessRights: readonly string[] | undefined): SecurityProbe {
  const name = 'exchange-key';
  if (excessRights === undefined) return { name, holds: undefined, detail: 'its rights are not known yet' };
  const detail = excessRights.length === 0 ? 'can only read' : `may also ${excessRights.join(', ')}`;
  return { name, holds: excessRights.length === 0, detail };
}

function flagProbe(
  name: string,
  value: string | undefined,
  good: readonly string[],
  otherwise: string,
): SecurityProbe {
  if (value === undefined) return unmade(name);
  const holds = good.includes(value);
  return { name, holds, detail: holds ? 'on' : otherwise };
}
