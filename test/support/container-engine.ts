/**
 * Podman as the container proof drives it. Needs root or a configured user; where it, or the base image, is
 * missing, `unavailable` says why and the tests skip.
 * Base image: BVAR_NODE_IMAGE, or node:24-bookworm-slim where it lies in the local store. It is never pulled;
 * test/support/container-base.sh makes a stand-in from Debian packages and the Node of this project.
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const BASE = process.env['BVAR_NODE_IMAGE'] ?? 'node:24-bookworm-slim';
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';

/** Sets limits that some hosts cannot raise, and runc, which also works on hybrid control groups. */
const SETTINGS = `[containers]
default_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
${existsSync('/usr/sbin/runc') || existsSync('/usr/bin/runc') ? 'runtime = "runc"' : ''}
`;

export interface ContainerEngine {
  podman(...args: readonly string[]): Promise<string>;
  build(tag: string): Promise<void>;
  close(): void;
}

/** Why there is nothing to drive, or undefined. */
export function unavailable(): string | undefined {
  try {
    execFileSync('podman', ['--version'], { stdio: 'pipe' });
  } catch {
    return 'podman is not installed';
  }
  try {
    execFileSync('podman', ['image', 'exists', BASE], { stdio: 'pipe' });
  } catch {
    return `the base image ${BASE} is not in the local store: pull it, or run test/support/container-base.sh`;
  }
  return undefined;
}

export function openContainerEngine(): ContainerEngine {
  const folder = mkdtempSync(join(tmpdir(), 'bvar-podman-'));
  const settings = join(folder, 'containers.conf');
  writeFileSync(settings, SETTINGS);
  writeFileSync(join(folder, 'npmrc'), `cafile=${AUTHORITIES}\n`);
  const env = { CONTAINERS_CONF: settings, ...process.env };
  const podman = async (...args: readonly string[]): Promise<string> =>
    (await run('podman', [...args], { env, maxBuffer: 64 * 1024 * 1024 })).stdout.trim();
  // A host whose authorities differ from the image's shows them to the build, never to the image.
  const own = process.env['NODE_EXTRA_CA_CERTS'];
  const authorities =
    own === undefined
      ? []
      : ['-v', `${own}:${AUTHORITIES}:ro`, '-v', `${join(folder, 'npmrc')}:/usr/local/etc/npmrc:ro`];
  return {
    podman,
    async build(tag) {
      const root = join(import.meta.dirname, '../..');
      const base = ['--build-arg', `NODE_IMAGE=${BASE}`, '--build-arg', 'VERSION=proof'];
      const where = ['--network=host', '--pull=never', '--format', 'docker', '-t', tag];
      await podman('build', ...where, ...authorities, ...base, root);
    },
    close: () => rmSync(folder, { recursive: true }),
  };
}
