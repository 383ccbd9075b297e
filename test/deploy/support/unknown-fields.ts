/**
 * Finds fields that the API does not know: a misspelt field is dropped in silence by a lenient server.
 * The field tables are those of the official JavaScript client; it knows no Gateway API, whose objects get the
 * schema check only.
 */
import * as client from '@kubernetes/client-node';
import type { Json } from './manifests.ts';

interface Attribute {
  readonly baseName: string;
  readonly type: string;
}

type Model = { getAttributeTypeMap(): Attribute[] };

const MODELS = client as unknown as Record<string, Model | undefined>;

/** `apps/v1` Deployment -> V1Deployment. */
function modelName(apiVersion: string, kind: string): string {
  const version = apiVersion.split('/').at(-1) as string;
  return `${version[0]?.toUpperCase()}${version.slice(1)}${kind}`;
}

function walk(value: Json, type: string, path: string, faults: string[]): void {
  const list = /^Array<(.+)>$/.exec(type);
  if (list) {
    if (!Array.isArray(value)) faults.push(`${path}: not a list`);
    else value.forEach((item, index) => void walk(item, list[1] as string, `${path}[${index}]`, faults));
    return;
  }
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type);
  if (map) {
    for (const [key, item] of Object.entries(value)) walk(item, map[1] as string, `${path}.${key}`, faults);
    return;
  }
  const model = MODELS[type];
  if (model === undefined || typeof model.getAttributeTypeMap !== 'function') {
    const isText = type === 'string' && typeof value !== 'string';
    const isNumber = type === 'number' && typeof value !== 'number';
    const isFlag = type === 'boolean' && typeof value !== 'boolean';
    if (isText || isNumber || isFlag) faults.push(`${path}: ${typeof value} where ${type} is wanted`);
    return;
  }
  const attributes = new Map(model.getAttributeTypeMap().map((attribute) => [attribute.baseName, attribute]));
  for (const [key, item] of Object.entries(value)) {
    const attribute = attributes.get(key);
    if (attribute === undefined) faults.push(`${path}.${key}: unknown field`);
    else walk(item, attribute.type, `${path}.${key}`, faults);
  }
}

export function knowsKind(apiVersion: string, kind: string): boolean {
  return MODELS[modelName(apiVersion, kind)] !== undefined;
}

export function unknownFields(body: Json): string[] {
  const faults: string[] = [];
  walk(body, modelName(body.apiVersion, body.kind), body.kind, faults);
  return faults;
}
