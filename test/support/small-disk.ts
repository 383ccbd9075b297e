/** A file system of a few megabytes that can be filled to the last byte, where root may mount one. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface SmallDisk {
  fill(): void;
  free(): void;
  unmount(): void;
}

/** Undefined where nothing can be mounted; the folder is there all the same. */
export function mountSmallDisk(path: string, megabytes: number): SmallDisk | undefined {
  mkdirSync(path, { recursive: true });
  const mount = ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path];
  if (spawnSync('/bin/mount', mount).status !== 0) return undefined;
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
