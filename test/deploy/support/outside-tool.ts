/**
 * Programs that come from Debian, not from npm. On the build machine (CI=true) a missing one is a failure; elsewhere
 * the tests that need it say loudly that they did not run.
 */
import { execFileSync, spawnSync } from 'node:child_process';

const INSTALL = 'run .ci/system-packages to install it';

function find(name: string): string | undefined {
  const found = spawnSync('which', [name], { encoding: 'utf8', env: { ...process.env, PATH: searchPath() } });
  return found.status === 0 ? found.stdout.trim() : undefined;
}

/** Debian keeps daemons in sbin, which a plain user's PATH may lack. */
export function searchPath(): string {
  return `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
}

/** True when all are there. Use as `describe.skipIf(!haveTools(...))`. */
export function haveTools(...names: string[]): boolean {
  const missing = names.filter((name) => find(name) === undefined);
  if (missing.length === 0) return true;
  const message = `${missing.join(', ')} not found: ${INSTALL}`;
  if (process.env['CI'] === 'true') throw new Error(message);
  console.warn(`\n!!! NOT VERIFIED: ${message}\n`);
  return false;
}

export interface Finished {
  readonly code: number;
  readonly output: string;
}

export function run(
  command: string,
  args: string[],
  cwd?: string,
  env: Record<string, string> = {},
): Finished {
  try {
    const output = execFileSync(command, args, {
      encoding: 'utf8',
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env, PATH: searchPath() },
    });
    return { code: 0, output };
  } catch (error) {
    const failed = error as { status: number | null; stdout: string; stderr: string };
    return { code: failed.status ?? -1, output: `${failed.stdout}${failed.stderr}` };
  }
}
