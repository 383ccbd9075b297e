/**
 * Keeps compiled modules on disk. Without it every thread of every start holds a type stripper of its own,
 * some 16 MB each, to read the same files once more. From the second start on no worker strips anything, and
 * where the variable was there before the process, as in the image and the demo, the main thread neither.
 * Flow: main -> here -> every module loaded afterwards, worker threads by their environment.
 * Where the folder cannot be written everything works as without.
 */
import { enableCompileCache } from 'node:module';

const VARIABLE = 'NODE_COMPILE_CACHE';

/** A folder named by the operator goes before ours. Leaves its name in the environment, for worker threads. */
export function keepCompiled(environment: Record<string, string | undefined>, folder: string): void {
  const chosen = environment[VARIABLE] ?? folder;
  const { directory } = enableCompileCache(chosen);
  if (directory !== undefined) environment[VARIABLE] = chosen;
}
