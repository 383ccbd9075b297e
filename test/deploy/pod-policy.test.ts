import { describe, expect, it } from 'vitest';
import { type Json, manifests, named, ofKind, selects } from './support/manifests.ts';

const COLORS = ['blue', 'green'];
const deployment = (color: string): Json => named('Deployment', `bayesian-var-${color}`);
const podOf = (color: string): Json => deployment(color).spec.template.spec;
const containerOf = (color: string): Json => podOf(color).containers[0];

describe.each(COLORS)('the %s pods', (color) => {
  const pod = podOf(color);
  const container = containerOf(color);

  it('ask for and are held to the resources promised', () => {
    expect(container.resources).toEqual({
      requests: { cpu: '500m', memory: '1Gi', 'ephemeral-storage': '2Gi' },
      limits: { cpu: '1000m', memory: '2Gi', 'ephemeral-storage': '4Gi' },
    });
  });

  it('run as uid 1000, without root, capabilities, escalation or a writable root', () => {
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    });
  });

  it('use only volume kinds that the restricted profile allows, each bounded', () => {
    for (const volume of pod.volumes) {
      const kind = Object.keys(volume).find((key) => key !== 'name');
      expect(['emptyDir', 'secret', 'configMap', 'projected', 'downwardAPI']).toContain(kind);
      if (kind === 'emptyDir') expect(volume.emptyDir.sizeLimit).toBeDefined();
    }
    for (const key of ['hostNetwork', 'hostPID', 'hostIPC']) expect(pod[key]).toBeUndefined();
    expect(container.ports.every((port: Json) => port.hostPort === undefined)).toBe(true);
  });

  it('have three different probes', () => {
    const paths = ['startupProbe', 'readinessProbe', 'livenessProbe'].map((p) => container[p].httpGet.path);
    expect(paths).toEqual(['/health/startup', '/health/ready', '/health/live']);
  });

  it('get two minutes to start, and are not restarted for less than thirty seconds of silence', () => {
    expect(container.startupProbe.periodSeconds * container.startupProbe.failureThreshold).toBe(120);
    expect(container.livenessProbe.periodSeconds * container.livenessProbe.failureThreshold).toBe(30);
  });

  it('get time for preStop and the whole stop, drain and longest request included, before they are killed', () => {
    const preStop = container.lifecycle.preStop.sleep.seconds;
    const { DRAIN_MS, REQUEST_TIMEOUT_MS, SHUTDOWN_TIMEOUT_MS } = named(
      'ConfigMap',
      'bayesian-var-config',
    ).data;
    expect(Number(SHUTDOWN_TIMEOUT_MS)).toBeGreaterThanOrEqual(
      Number(DRAIN_MS) + 2 * Number(REQUEST_TIMEOUT_MS),
    );
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(preStop + Number(SHUTDOWN_TIMEOUT_MS) / 1000);
  });

  it('spread over zones and hosts when they can', () => {
    expect(pod.topologySpreadConstraints.map((c: Json) => [c.topologyKey, c.whenUnsatisfiable])).toEqual([
      ['topology.kubernetes.io/zone', 'ScheduleAnyway'],
      ['kubernetes.io/hostname', 'ScheduleAnyway'],
    ]);
  });

  it('are never fewer than wanted during a rollout', () => {
    expect(deployment(color).spec.strategy.rollingUpdate.maxUnavailable).toBe(0);
    expect(deployment(color).spec.minReadySeconds).toBeGreaterThan(0);
  });

  it('carry an image by digest, one that the preflight refuses until it is replaced', () => {
    expect(container.image).toMatch(/@sha256:0{64}$/);
  });

  it('are scaled from 5 to 20 by the autoscaler alone', () => {
    const hpa = named('HorizontalPodAutoscaler', `bayesian-var-${color}`);
    expect([hpa.spec.minReplicas, hpa.spec.maxReplicas]).toEqual([5, 20]);
    expect(hpa.spec.scaleTargetRef.name).toBe(deployment(color).metadata.name);
    expect(deployment(color).spec.replicas).toBeUndefined();
  });

  it('lose at most one at a time to a node drain, and a broken one never blocks it', () => {
    const pdb = named('PodDisruptionBudget', `bayesian-var-${color}`);
    expect(pdb.spec.maxUnavailable).toBe(1);
    expect(pdb.spec.unhealthyPodEvictionPolicy).toBe('AlwaysAllow');
    expect(selects(pdb.spec.selector.matchLabels, deployment(color).spec.template.metadata.labels)).toBe(
      true,
    );
  });
});

describe('the two colours', () => {
  it('differ in their colour only', () => {
    for (const kind of ['Deployment', 'Service', 'HorizontalPodAutoscaler', 'PodDisruptionBudget']) {
      const blue = JSON.stringify(named(kind, 'bayesian-var-blue'));
      expect(blue.replaceAll('blue', 'green')).toBe(JSON.stringify(named(kind, 'bayesian-var-green')));
    }
  });

  it('never share a pod: every selector names the colour', () => {
    for (const color of COLORS) {
      const wanted = { app: 'bayesian-var', color };
      expect(deployment(color).spec.selector.matchLabels).toEqual(wanted);
      expect(named('Service', `bayesian-var-${color}`).spec.selector).toEqual(wanted);
      expect(named('PodDisruptionBudget', `bayesian-var-${color}`).spec.selector.matchLabels).toEqual(wanted);
    }
  });

  it('mount only secrets and settings that exist, as do all other pods', () => {
    const exists = (kind: string, name: string, namespace?: string): boolean =>
      manifests().some((m) => m.kind === kind && m.name === name && m.namespace === namespace);
    for (const { name, namespace, body } of ofKind('Deployment'))
      for (const volume of body.spec.template.spec.volumes) {
        if (volume.secret)
          expect(exists('Secret', volume.secret.secretName, namespace), `${name} ${volume.name}`).toBe(true);
        if (volume.configMap)
          expect(exists('ConfigMap', volume.configMap.name, namespace), `${name} ${volume.name}`).toBe(true);
      }
  });

  it('get every secret as a file, none through the environment', () => {
    expect(containerOf('blue').env.map((variable: Json) => variable.name)).toEqual(['DEPLOYMENT_COLOR']);
    const mount = containerOf('blue').volumeMounts.find((m: Json) => m.name === 'secrets').mountPath;
    const settings: Record<string, string> = named('ConfigMap', 'bayesian-var-config').data;
    for (const key of Object.keys(named('Secret', 'bayesian-var-secrets-v1').data))
      expect(settings[`${key}_FILE`]).toBe(`${mount}/${key}`);
  });
});

describe('the namespace', () => {
  it('enforces, audits and warns by the restricted pod security profile', () => {
    const labels = named('Namespace', 'production').metadata.labels;
    for (const mode of ['enforce', 'audit', 'warn'])
      expect(labels[`pod-security.kubernetes.io/${mode}`]).toBe('restricted');
  });

  it('is named by every object that lives in one', () => {
    const clusterWide = ['Namespace', 'ClusterRole', 'ClusterRoleBinding'];
    const homeless = manifests().filter((m) => !clusterWide.includes(m.kind) && m.namespace === undefined);
    expect(homeless.map((m) => m.name)).toEqual([]);
  });
});

describe('secrets', () => {
  it('ship as placeholders only', () => {
    for (const secret of ofKind('Secret'))
      for (const value of Object.values(secret.body.data))
        expect(Buffer.from(value as string, 'base64').toString()).toBe('REPLACE_ME');
  });

  it('of the application are immutable and versioned', () => {
    expect(named('Secret', 'bayesian-var-secrets-v1').immutable).toBe(true);
  });

  it('never appear among the settings, only the paths of their files', () => {
    const settings: Record<string, string> = named('ConfigMap', 'bayesian-var-config').data;
    for (const [key, value] of Object.entries(settings))
      if (/TOKEN|SECRET|PASSWORD|API_KEY|DATABASE_URL|ENCRYPTION/.test(key)) expect(value).toMatch(/^\//);
  });
});

describe('the main manifest', () => {
  it('moves no traffic and scales nothing when it is applied again: weights and live selectors lie elsewhere', () => {
    const main = manifests().filter(({ file }) => file.endsWith('bayesian-var-deployment.yaml'));
    expect(main.length).toBeGreaterThan(8);
    expect(main.filter(({ kind }) => /Route|Gateway/.test(kind))).toEqual([]);
    for (const { kind, name, body } of main) {
      if (kind === 'Service') expect(body.spec.selector.color, name).toBeDefined();
      if (kind === 'Deployment') expect(body.spec.replicas, name).toBeUndefined();
    }
  });
});

describe('the route', () => {
  const route = named('HTTPRoute', 'bayesian-var');

  it('starts with all weight on blue and lets a caller preview either colour by header', () => {
    const weights = route.spec.rules[2].backendRefs.map((ref: Json) => [ref.name, ref.weight]);
    expect(weights).toEqual([
      ['bayesian-var-blue', 100],
      ['bayesian-var-green', 0],
    ]);
    for (const [index, color] of COLORS.entries()) {
      expect(route.spec.rules[index].matches[0].headers).toEqual([{ name: 'x-bvar-color', value: color }]);
      expect(route.spec.rules[index].backendRefs[0].name).toBe(`bayesian-var-${color}`);
    }
  });

  it('never leads to the metrics port', () => {
    for (const rule of route.spec.rules) for (const ref of rule.backendRefs) expect(ref.port).toBe(8080);
    for (const service of ofKind('Service').filter((m) => m.namespace === 'production'))
      expect(service.body.spec.ports.map((port: Json) => port.port)).toEqual([8080]);
  });

  it('is HTTPS from the caller and HTTPS to the pods of both colours', () => {
    expect(named('Gateway', 'bayesian-var').spec.listeners.map((l: Json) => l.protocol)).toEqual(['HTTPS']);
    expect(named('BackendTLSPolicy', 'bayesian-var').spec.targetRefs.map((t: Json) => t.name)).toEqual([
      'bayesian-var-blue',
      'bayesian-var-green',
    ]);
  });
});
