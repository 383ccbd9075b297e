/** A file system of a few megabytes that can be filled to the last byte, where one may be mounted. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface SmallDisk {
  fill(): void;
  free(): void;
  unmount(): void;
}

export interface NoSmallDisk {
  /** What mount itself said, for the report of a skipped test. */
  readonly refused: string;
}

/** The folder is there whether or not something is mounted on it. */
export function mountSmallDisk(path: string, megabytes: number): SmallDisk | NoSmallDisk {
  mkdirSync(path, { recursive: true });
  const mount = ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path];
  const { status, signal, stderr, error } = spawnSync('/bin/mount', mount, { encoding: 'utf8' });
  if (status !== 0) {
    const said =
      error?.message ?? (stderr.trim().replaceAll(/\s+/g, ' ') || `mount ended with ${signal ?? status}`);
    return { refused: `no small file system could be mounted: ${said}` };
  }
  const filler = join(path, 'filler');
  return {
    fill() {
      const file = openSync(filler, 'a');
      for (let size = 1 << 20; size >= 512; )
        try {
          writeSync(file, Buffer.alloc(size, 1));
        } catch {
          size >>= 1;
        }
      closeSync(file);
    },
    free: () => rmSync(filler, { force: true }),
    unmount() {
      spawnSync('/bin/umount', ['-l', path]);
    },
  };
}
