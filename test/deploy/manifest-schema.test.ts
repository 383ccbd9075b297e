import { describe, expect, it } from 'vitest';
import { type Json, manifests, named } from './support/manifests.ts';
import { knowsKind, unknownFields } from './support/unknown-fields.ts';

interface Validated {
  validate(): void;
}

async function modelOf(apiVersion: string, kind: string): Promise<new (body: Json) => Validated> {
  const home = apiVersion.startsWith('gateway.')
    ? `@kubernetes-models/gateway-api/${apiVersion}/${kind}`
    : `kubernetes-models/${apiVersion}/${kind}`;
  const module = (await import(home)) as Record<string, new (body: Json) => Validated>;
  return module[kind] as new (
    body: Json,
  ) => Validated;
}

async function schemaFault(body: Json): Promise<string | undefined> {
  const Model = await modelOf(body.apiVersion, body.kind);
  try {
    new Model(body).validate();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const all = manifests();

describe('every manifest', () => {
  it.each(all.map((m) => [`${m.file} ${m.kind}/${m.name}`, m.body]))(
    '%s fits its schema',
    async (_, body) => {
      expect(await schemaFault(body)).toBeUndefined();
    },
  );

  it.each(
    all.filter((m) => knowsKind(m.apiVersion, m.kind)).map((m) => [`${m.file} ${m.kind}/${m.name}`, m.body]),
  )('%s names no field the API does not know', (_, body) => {
    expect(unknownFields(body)).toEqual([]);
  });

  it('is of a kind whose fields are known, or of the Gateway API', () => {
    const unknown = all.filter(
      (m) => !knowsKind(m.apiVersion, m.kind) && !m.apiVersion.startsWith('gateway.'),
    );
    expect(unknown.map((m) => `${m.apiVersion} ${m.kind}`)).toEqual([]);
  });

  it('has a name of its own', () => {
    const keys = all.map((m) => `${m.kind}/${m.namespace ?? ''}/${m.name}`);
    expect(keys).toEqual([...new Set(keys)]);
  });
});

describe('the checks themselves', () => {
  it('find a misspelt field, a wrong type and a missing field', async () => {
    const body = structuredClone(named('Deployment', 'bayesian-var-blue'));
    body.spec.template.spec.containers[0].readynessProbe = {};
    body.spec.minReadySeconds = 'ten';
    expect(unknownFields(body)).toEqual([
      'Deployment.spec.minReadySeconds: string where number is wanted',
      'Deployment.spec.template.spec.containers[0].readynessProbe: unknown field',
    ]);
    delete body.spec.selector;
    expect(await schemaFault(body)).toContain('required property selector');
  });

  it('find a wrong weight type in a route', async () => {
    const body = structuredClone(named('HTTPRoute', 'bayesian-var'));
    body.spec.rules[2].backendRefs[0].weight = 'most';
    expect(await schemaFault(body)).toContain('weight');
  });
});
