import * as gateway from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1';
import * as apps from 'kubernetes-models/apps/v1';
import * as autoscaling from 'kubernetes-models/autoscaling/v2';
import * as coordination from 'kubernetes-models/coordination.k8s.io/v1';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as rbac from 'kubernetes-models/rbac.authorization.k8s.io/v1';
import * as core from 'kubernetes-models/v1';
import { describe, expect, it } from 'vitest';
import { type Json, manifests, named } from './support/manifests.ts';
import { knowsKind, unknownFields } from './support/unknown-fields.ts';

interface Validated {
  validate(): void;
}

type Models = Readonly<Record<string, new (body: Json) => Validated>>;

const MODELS = {
  v1: core,
  'apps/v1': apps,
  'autoscaling/v2': autoscaling,
  'coordination.k8s.io/v1': coordination,
  'networking.k8s.io/v1': networking,
  'policy/v1': policy,
  'rbac.authorization.k8s.io/v1': rbac,
  'gateway.networking.k8s.io/v1': gateway,
} as unknown as Readonly<Record<string, Models>>;

function schemaFault(body: Json): string | undefined {
  const Model = MODELS[body.apiVersion]?.[body.kind];
  if (Model === undefined) return `no schema of ${body.apiVersion} ${body.kind}`;
  try {
    new Model(body).validate();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const all = manifests();

describe('every manifest', () => {
  it.each(all.map((m) => [`${m.file} ${m.kind}/${m.name}`, m.body]))('%s fits its schema', (_, body) => {
    expect(schemaFault(body)).toBeUndefined();
  });

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
  it('find a misspelt field, a wrong type and a missing field', () => {
    const body = structuredClone(named('Deployment', 'bayesian-var-blue'));
    body.spec.template.spec.containers[0].readynessProbe = {};
    body.spec.minReadySeconds = 'ten';
    expect(unknownFields(body)).toEqual([
      'Deployment.spec.minReadySeconds: string where number is wanted',
      'Deployment.spec.template.spec.containers[0].readynessProbe: unknown field',
    ]);
    delete body.spec.selector;
    expect(schemaFault(body)).toContain('required property selector');
  });

  it('find a wrong weight type in a route', () => {
    const body = structuredClone(named('HTTPRoute', 'bayesian-var'));
    body.spec.rules[2].backendRefs[0].weight = 'most';
    expect(schemaFault(body)).toContain('weight');
  });
});
