/**
 * Runs the pods that the scheduler binds to its node as containers of the real image, and reports them as a kubelet
 * does. It is no kubelet: one container a pod, on the node's network (HOST is set to the pod's own address, the only
 * change to its settings); security context, limits, probes, volumes and preStop are the pod's own.
 *
 * Flow: Pods of the API server -> podman -> probes -> pod status -> endpoint slices.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Json } from '../../deploy/support/manifests.ts';
import type { ContainerEngine } from '../../support/container-engine.ts';
import type { Api } from './api.ts';
import { podArguments } from './pod-container.ts';
import { type Probe, watchProbes } from './probes.ts';

const NODE = 'node-1';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

interface Running {
  readonly pod: Json;
  readonly ip: string;
  readonly container: string;
  readonly probe: Probe;
  leaving: boolean;
  reported: string;
}

export interface PodRunner extends AsyncDisposable {
  /** Address and labels of every pod that runs. */
  pods(): { name: string; ip: string; color: string; ready: boolean }[];
}

export async function startPodRunner(api: Api, engine: ContainerEngine, dir: string): Promise<PodRunner> {
  const running = new Map<string, Running>();
  const errands = new Set<Promise<void>>();
  let last = 9;
  let stopping = false;

  const capacity = { cpu: '64', memory: '128Gi', 'ephemeral-storage': '500Gi', pods: '60' };
  const ready = { type: 'Ready', status: 'True', reason: 'PodRunnerReady', message: '' };
  const labels = { 'kubernetes.io/hostname': NODE };
  await api.post('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: NODE, labels } });
  const beat = async (): Promise<void> => {
    const now = new Date().toISOString();
    const conditions = [{ ...ready, lastHeartbeatTime: now, lastTransitionTime: now }];
    await api.merge(`/api/v1/nodes/${NODE}/status`, {
      status: { capacity, allocatable: capacity, conditions },
    });
    const spec = { holderIdentity: NODE, leaseDurationSeconds: 40, renewTime: `${now.slice(0, -1)}000Z` };
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: NODE }, spec };
    if ((await api.merge(`${LEASES}/${NODE}`, lease)).status === 404) await api.post(LEASES, lease);
  };

  const pathOf = (pod: Json): string =>
    `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`;

  async function start(pod: Json): Promise<void> {
    last += 1;
    const ip = `10.77.0.${last}`;
    const container = `bvar-${process.pid}-${pod.metadata.name}`;
    const probe = watchProbes(pod.spec.containers[0], ip, async () => {
      await engine.podman('stop', '--time', '1', container).catch(() => undefined);
    });
    const one: Running = { pod, ip, container, probe, leaving: false, reported: '' };
    running.set(pod.metadata.uid, one);
    const args = await podArguments(api, pod, ip, dir);
    await engine.podman(
      'run',
      '--detach',
      '--name',
      container,
      '--network=host',
      '--no-healthcheck',
      ...args,
    );
    probe.started();
    errand(keepAlive(one));
  }

  /** A container that ends is started again, as restartPolicy Always has it. */
  async function keepAlive(one: Running): Promise<void> {
    for (;;) {
      await engine.podman('wait', one.container).catch(() => undefined);
      if (one.leaving || stopping) return;
      const said = await engine.podman('logs', '--tail', '5', one.container).catch(() => '');
      console.error(`pod runner: ${one.container} ended: ${said}`);
      one.probe.ended();
      await pause(1000);
      await engine.podman('start', one.container);
    }
  }

  /** preStop, then SIGTERM, then at the end of the grace period SIGKILL. */
  async function leave(one: Running): Promise<void> {
    const { lifecycle } = one.pod.spec.containers[0];
    const grace: number = one.pod.spec.terminationGracePeriodSeconds;
    const preStop: number = lifecycle?.preStop?.sleep?.seconds ?? 0;
    await pause(stopping ? 0 : preStop * 1000);
    one.probe.stop();
    await engine.podman('rm', '--force', '--time', String(stopping ? 1 : grace - preStop), one.container);
    running.delete(one.pod.metadata.uid);
    await api.delete(pathOf(one.pod), { gracePeriodSeconds: 0 });
  }

  async function report(one: Running): Promise<void> {
    const { isReady, startedAt, restarts } = one.probe.state();
    const text = JSON.stringify([isReady, startedAt, restarts]);
    if (text === one.reported || startedAt === undefined) return;
    const now = new Date().toISOString();
    const condition = (type: string, holds: boolean): Json => ({
      type,
      status: holds ? 'True' : 'False',
      lastTransitionTime: now,
    });
    const [container] = one.pod.spec.containers;
    const status = {
      phase: 'Running',
      podIP: one.ip,
      podIPs: [{ ip: one.ip }],
      hostIP: '10.77.0.1',
      startTime: startedAt,
      conditions: [
        condition('PodScheduled', true),
        condition('Initialized', true),
        condition('ContainersReady', isReady),
        condition('Ready', isReady),
      ],
      containerStatuses: [
        {
          name: container.name,
          image: container.image,
          imageID: container.image,
          ready: isReady,
          started: true,
          restartCount: restarts,
          state: { running: { startedAt } },
        },
      ],
    };
    const { status: code } = await api.merge(`${pathOf(one.pod)}/status`, { status });
    if (code === 200) one.reported = text;
  }

  async function step(): Promise<void> {
    const { body } = await api.get(`/api/v1/pods?fieldSelector=spec.nodeName%3D${NODE}`);
    for (const pod of body.items as Json[]) {
      const one = running.get(pod.metadata.uid);
      if (one === undefined && pod.metadata.deletionTimestamp === undefined) errand(start(pod));
      if (one === undefined && pod.metadata.deletionTimestamp !== undefined)
        await api.delete(pathOf(pod), { gracePeriodSeconds: 0 });
      if (one !== undefined && !one.leaving && pod.metadata.deletionTimestamp !== undefined) {
        one.leaving = true;
        errand(leave(one));
      }
    }
    await Promise.all([...running.values()].map(report));
  }

  function errand(work: Promise<void>): void {
    const one = work
      .catch((error: Error) => console.error(`pod runner: ${error.message}`))
      .finally(() => errands.delete(one));
    errands.add(one);
  }

  const loop = (async () => {
    for (let round = 0; !stopping; round++) {
      try {
        if (round % 30 === 0) await beat();
        await step();
      } catch (error) {
        if (!stopping) console.error(`pod runner: ${(error as Error).message}`);
      }
      await pause(300);
    }
  })();

  return {
    pods: () =>
      [...running.values()].map(({ pod, ip, probe, leaving }) => ({
        name: pod.metadata.name,
        ip,
        color: pod.metadata.labels.color,
        ready: probe.state().isReady && !leaving,
      })),
    [Symbol.asyncDispose]: async () => {
      stopping = true;
      await loop;
      await Promise.allSettled([...running.values()].map(leave));
      await Promise.allSettled(errands);
    },
  };
}
