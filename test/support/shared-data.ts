/**
 * Real market data and raw captures, used by tests where they lie beside the project.
 * Tests that need them skip, saying so, where they do not.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = process.env['BVAR_SHARED_DIR'] ?? join(import.meta.dirname, '../../../shared');

/** The path of a file in the shared data folder, or undefined where the folder is absent. */
export function sharedPath(...parts: string[]): string | undefined {
  const path = join(root, ...parts);
  return existsSync(path) ? path : undefined;
}
