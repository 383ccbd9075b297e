/**
 * Every Kubernetes object of deploy/, read from the files as they ship.
 *
 * Flow: deploy/**\/*.yaml -> here -> schema, policy, flow and access tests.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';

export const DEPLOY = join(import.meta.dirname, '../../../deploy');

// biome-ignore lint/suspicious/noExplicitAny: manifests are open JSON; the schema test is what types them
export type Json = any;

export interface Manifest {
  readonly file: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly body: Json;
}

function yamlFiles(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) return yamlFiles(path);
      return entry.name.endsWith('.yaml') ? [path] : [];
    })
    .sort();
}

export function documentsOf(path: string): Json[] {
  return parseAllDocuments(readFileSync(path, 'utf8')).map((document) => {
    if (document.errors.length > 0) throw new Error(`${path}: ${document.errors[0]?.message}`);
    return document.toJS();
  });
}

/** Objects of the API only: rule files and settings of other programs carry no apiVersion. */
export function manifests(): Manifest[] {
  return [...yamlFiles(join(DEPLOY, 'kubernetes')), ...yamlFiles(join(DEPLOY, 'observability'))].flatMap(
    (path) =>
      documentsOf(path)
        .filter((body) => body?.apiVersion !== undefined)
        .map((body) => ({
          file: relative(DEPLOY, path),
          apiVersion: body.apiVersion as string,
          kind: body.kind as string,
          name: body.metadata.name as string,
          namespace: body.metadata.namespace as string | undefined,
          body,
        })),
  );
}

export function ofKind(kind: string): Manifest[] {
  return manifests().filter((manifest) => manifest.kind === kind);
}

export function named(kind: string, name: string): Json {
  const found = manifests().filter((manifest) => manifest.kind === kind && manifest.name === name);
  if (found.length !== 1) throw new Error(`${found.length} objects ${kind}/${name}`);
  return found[0]?.body;
}

/** True when every pair of the selector is among the labels. */
export function selects(selector: Record<string, string>, labels: Record<string, string> = {}): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}
