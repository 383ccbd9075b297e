/**
 * What a real API server says of deploy/kubernetes: strict field validation, Pod Security admission, and the rights
 * of the two service accounts.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEPLOY, type Json, manifests, named } from '../deploy/support/manifests.ts';
import { deployerRules } from '../deploy/support/role.ts';
import { tempDir } from '../support/temp-dir.ts';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';

const stack = new AsyncDisposableStack();
let plane: ControlPlane;

const APP = 'system:serviceaccount:production:bayesian-var';
const DEPLOYER = 'system:serviceaccount:production:bayesian-var-deployer';

const UNFILLED = 'Warning: tls: failed to find any PEM data in certificate input\n';

const strictly = (body: Json): ReturnType<ControlPlane['kubectl']> =>
  plane.kubectl(['apply', '--dry-run=server', '--validate=strict', '--filename', '-'], JSON.stringify(body));

async function can(
  account: string,
  verb: string,
  resource: string,
  namespace = 'production',
): Promise<boolean> {
  const who = ['--as', account, '--as-group', 'system:serviceaccounts', '--as-group', 'system:authenticated'];
  const { out } = await plane.kubectl(['auth', 'can-i', verb, resource, '--namespace', namespace, ...who]);
  return out.trim() === 'yes';
}

/** The pod that a Deployment's template describes. */
function pod(name: string, change: (container: Json, spec: Json) => void = () => {}): Json {
  const { metadata, spec } = structuredClone(named('Deployment', 'bayesian-var-blue').spec.template);
  change(spec.containers[0], spec);
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name, namespace: 'production' }, spec };
}

describe('the manifests and a real API server', () => {
  beforeAll(async () => {
    plane = stack.use(await startControlPlane(stack.use(tempDir('cluster')).path));
    const crds = join(import.meta.dirname, 'support/gateway-api-crds.yaml');
    for (const args of [
      ['create', 'namespace', 'monitoring'],
      ['apply', '--filename', crds],
      ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s'],
      ['apply', '--filename', join(DEPLOY, 'kubernetes/bayesian-var-deployment.yaml')],
      ['apply', '--filename', join(DEPLOY, 'kubernetes/access.yaml')],
    ]) {
      const { code, err } = await plane.kubectl(args);
      expect(code, err).toBe(0);
    }
    console.log((await plane.kubectl(['version'])).out.trim());
  });
  afterAll(() => stack.disposeAsync());

  it('accepts every object with strict field validation, and warns of unfilled certificates alone', async () => {
    const all = manifests();
    for (const { file, kind, name, body } of all) {
      const { code, err } = await strictly(body);
      const warned = body.type === 'kubernetes.io/tls' ? UNFILLED : '';
      expect([code, err], `${file} ${kind}/${name}`).toEqual([0, warned]);
    }
    console.log(`${all.length} objects accepted`);
  });

  it('refuses a field that does not exist and a value of the wrong type', async () => {
    const typo = structuredClone(named('Deployment', 'bayesian-var-blue'));
    typo.spec.template.spec.containers[0].readinesProbe = {};
    const wrong = structuredClone(named('HorizontalPodAutoscaler', 'bayesian-var-blue'));
    wrong.spec.minReplicas = 'five';
    const weight = structuredClone(named('HTTPRoute', 'bayesian-var'));
    weight.spec.rules[2].backendRefs[0].weight = -1;
    for (const body of [typo, wrong, weight]) expect((await strictly(body)).code).not.toBe(0);
  });

  it('admits the pods under Pod Security "restricted", and none that asks for more', async () => {
    expect((await strictly(pod('as-it-is'))).err).toBe('');
    const changes: Record<string, (container: Json, spec: Json) => void> = {
      root: (container) => {
        container.securityContext.runAsUser = 0;
      },
      escalation: (container) => {
        container.securityContext.allowPrivilegeEscalation = true;
      },
      capabilities: (container) => {
        container.securityContext.capabilities = { add: ['NET_ADMIN'] };
      },
      seccomp: (container, spec) => {
        container.securityContext.seccompProfile = { type: 'Unconfined' };
        spec.securityContext.seccompProfile = { type: 'Unconfined' };
      },
      'host-network': (_, spec) => {
        spec.hostNetwork = true;
      },
      'host-path': (_, spec) => {
        spec.volumes.push({ name: 'host', hostPath: { path: '/' } });
      },
    };
    for (const [name, change] of Object.entries(changes)) {
      const { code, err } = await strictly(pod(name, change));
      expect(code, name).not.toBe(0);
      expect(err, name).toContain('violates PodSecurity "restricted:latest"');
    }
  });

  it('gives the deployer every right of its role, and nothing beside it', async () => {
    for (const rule of deployerRules())
      for (const resource of rule.resources)
        for (const verb of rule.verbs)
          for (const name of rule.resourceNames ?? [undefined]) {
            const [plain, subresource] = resource.split('/');
            const group = rule.apiGroups[0] === '' ? '' : `.${rule.apiGroups[0]}`;
            const asked = `${plain}${group}${name === undefined ? '' : `/${name}`}`;
            const sub = subresource === undefined ? [] : [`--subresource=${subresource}`];
            const answer = await plane.kubectl(['auth', 'can-i', verb, asked, ...sub, '--as', DEPLOYER]);
            expect(answer.out.trim(), `${verb} ${asked} ${sub}`).toBe('yes');
          }
    for (const [verb, resource, namespace] of [
      ['list', 'secrets'],
      ['get', 'secrets/bayesian-var-pod-tls'],
      ['delete', 'deployments/bayesian-var-blue'],
      ['patch', 'deployments/other'],
      ['create', 'pods'],
      ['create', 'pods/exec'],
      ['update', 'configmaps'],
      ['delete', 'configmaps'],
      ['create', 'leases'],
      ['patch', 'roles'],
      ['create', 'rolebindings'],
      ['impersonate', 'users'],
      ['get', 'deployments/bayesian-var-blue', 'default'],
      ['list', 'nodes'],
    ] as const)
      expect(await can(DEPLOYER, verb, resource, namespace), `${verb} ${resource}`).toBe(false);
  });

  it('gives the application no right at all', async () => {
    for (const [verb, resource] of [
      ['get', 'pods'],
      ['get', 'secrets'],
      ['get', 'configmaps'],
      ['list', 'deployments'],
      ['create', 'events'],
      ['get', 'leases'],
    ] as const)
      expect(await can(APP, verb, resource), `${verb} ${resource}`).toBe(false);
  });
});
