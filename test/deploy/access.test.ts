import { describe, expect, it } from 'vitest';
import { type Json, ofKind } from './support/manifests.ts';
import { allowed, deployerRules } from './support/role.ts';

describe('the deployer', () => {
  it.each([
    ['get', 'deployments', 'bayesian-var-blue'],
    ['patch', 'deployments', 'bayesian-var-green'],
    ['patch', 'deployments/scale', 'bayesian-var-green'],
    ['patch', 'horizontalpodautoscalers', 'bayesian-var-green'],
    ['patch', 'httproutes', 'bayesian-var'],
    ['patch', 'services', 'bayesian-var'],
    ['list', 'pods', undefined],
    ['create', 'configmaps', undefined],
    ['get', 'secrets', 'bayesian-var-secrets-v1'],
    ['update', 'leases', 'bayesian-var-deployment'],
  ])('may %s %s %s', (verb, resource, name) => {
    expect(allowed({ verb, resource, name })).toBe(true);
  });

  it.each([
    ['list', 'secrets', undefined],
    ['get', 'secrets', 'bayesian-var-pod-tls'],
    ['delete', 'deployments', 'bayesian-var-blue'],
    ['patch', 'deployments', 'postgres'],
    ['delete', 'pods', undefined],
    ['create', 'pods/exec', undefined],
    ['create', 'leases', undefined],
    ['update', 'configmaps', undefined],
    ['patch', 'roles', 'bayesian-var-deployer'],
    ['create', 'rolebindings', undefined],
    ['impersonate', 'users', undefined],
  ])('may not %s %s %s', (verb, resource, name) => {
    expect(allowed({ verb, resource, name })).toBe(false);
  });
});

describe('access in general', () => {
  it('names every verb and resource: no wildcards, nothing cluster-wide in our namespace', () => {
    for (const rule of deployerRules())
      expect([...rule.apiGroups, ...rule.resources, ...rule.verbs].filter((word) => word === '*')).toEqual(
        [],
      );
    expect(ofKind('ClusterRoleBinding').filter((m) => m.name.startsWith('bayesian-var'))).toEqual([]);
  });

  it('gives the application no rights and no token', () => {
    const subjects = [...ofKind('RoleBinding'), ...ofKind('ClusterRoleBinding')].flatMap((m) =>
      m.body.subjects.map((subject: Json) => subject.name),
    );
    expect(subjects).not.toContain('bayesian-var');
    for (const account of ofKind('ServiceAccount').filter((m) => m.namespace === 'production'))
      expect(account.body.automountServiceAccountToken).toBe(false);
    for (const m of ofKind('Deployment').filter((d) => d.namespace === 'production'))
      expect(m.body.spec.template.spec.automountServiceAccountToken).toBe(false);
  });
});
