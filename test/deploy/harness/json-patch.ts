/** The two patch forms that the scripts use: JSON patch with its test operation, and merge patch. */
import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../support/manifests.ts';

export interface Operation {
  readonly op: 'test' | 'replace' | 'remove' | 'add';
  readonly path: string;
  readonly value?: Json;
}

/** Applies all or nothing, on a copy. */
export function jsonPatch(target: Json, operations: readonly Operation[]): Json {
  const copy = structuredClone(target);
  for (const { op, path, value } of operations) {
    const keys = path
      .slice(1)
      .split('/')
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = keys.pop() as string;
    const parent = keys.reduce((node, key) => node?.[key], copy);
    if (parent === undefined) throw new Error(`the path ${path} does not exist`);
    if (op === 'test') {
      if (!isDeepStrictEqual(parent[last], value)) throw new Error(`testing value ${path} failed`);
    } else if (op === 'remove') delete parent[last];
    else parent[last] = value;
  }
  return copy;
}

export function mergePatch(target: Json, patch: Json): Json {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const out = { ...(target ?? {}) };
  for (const [key, value] of Object.entries(patch))
    if (value === null) delete out[key];
    else out[key] = mergePatch(out[key], value);
  return out;
}
