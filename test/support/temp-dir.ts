/** A temporary folder that goes when the test scope ends: `using dir = tempDir('name')`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TempDir extends Disposable {
  readonly path: string;
}

export function tempDir(name: string): TempDir {
  const path = mkdtempSync(join(tmpdir(), `bvar-${name}-`));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
