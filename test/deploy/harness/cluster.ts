/**
 * A stand-in for a cluster: the objects of deploy/kubernetes in memory, pods as processes, weights in a real HAProxy.
 * It answers the kubectl calls of the scripts and refuses every other; it is no Kubernetes.
 *
 * Flow: scripts -> kubectl shim -> HTTP -> kubectl-commands -> here -> pods, gateway.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Json, manifests } from '../support/manifests.ts';
import type { Right } from '../support/role.ts';
import { COLORS, type Color, type Gateway } from './gateway.ts';
import { Pods } from './pods.ts';
import type { Fault } from './stand-in-pod.ts';

/** Quantities as the API server gives them back. */
function canonical(limits: Record<string, string>): void {
  if (limits['cpu'] === '1000m') limits['cpu'] = '1';
}

export class Cluster implements AsyncDisposable {
  readonly #objects = new Map<string, Json>();
  readonly #gateway: Gateway;
  readonly #targetFile: string;
  readonly pods: Pods;
  /** Every write, for tests that must see none. */
  readonly writes: string[] = [];
  /** Rights that the calls so far would have needed. */
  readonly needed = new Map<string, Right>();
  #running = true;
  #loop: Promise<void> = Promise.resolve();
  #version = 1;
  #lastTargets = '';
  #lastWeights = '';

  constructor(gateway: Gateway, dir: string, faultOf: (image: string) => Fault) {
    this.#gateway = gateway;
    this.#targetFile = join(dir, 'targets.json');
    this.pods = new Pods(gateway, faultOf);
    for (const { kind, name, namespace, body } of manifests())
      if (namespace === 'production') this.put(kind, name, structuredClone(body));
    this.get('HTTPRoute', 'bayesian-var').status = {
      parents: [
        {
          conditions: [
            { type: 'Accepted', status: 'True' },
            { type: 'ResolvedRefs', status: 'True' },
          ],
        },
      ],
    };
    const secret = this.get('Secret', 'bayesian-var-secrets-v1');
    for (const key of Object.keys(secret.data))
      secret.data[key] = Buffer.from(`${key}-filled-in`).toString('base64');
    writeFileSync(this.#targetFile, '[]');
  }

  start(): void {
    this.#loop = this.#reconcile();
  }

  get(kind: string, name: string): Json {
    return this.#objects.get(`${kind}/${name}`);
  }

  has(kind: string, name: string): boolean {
    return this.#objects.has(`${kind}/${name}`);
  }

  put(kind: string, name: string, body: Json): void {
    this.#version += 1;
    body.metadata.resourceVersion = String(this.#version);
    const before = this.get(kind, name);
    const changed = JSON.stringify(before?.spec) !== JSON.stringify(body.spec);
    body.metadata.generation = (before?.metadata.generation ?? 0) + (changed ? 1 : 0);
    if (kind === 'Deployment') canonical(body.spec.template.spec.containers[0].resources.limits);
    if (kind === 'Deployment') body.spec.replicas ??= before?.spec.replicas ?? 0;
    this.#objects.set(`${kind}/${name}`, body);
  }

  /** The Deployment with the status that its processes give it. */
  deployment(color: Color): Json {
    const body = this.get('Deployment', `bayesian-var-${color}`);
    const ready = this.pods.ready(color, body.spec.template.spec.containers[0].image);
    body.status = {
      observedGeneration: body.metadata.generation,
      readyReplicas: ready,
      updatedReplicas: ready,
      replicas: body.spec.replicas,
    };
    return body;
  }

  weights(): Record<Color, number> {
    const refs: Json[] = this.get('HTTPRoute', 'bayesian-var').spec.rules[2].backendRefs;
    const of = (color: Color): number => refs.find((ref) => ref.name === `bayesian-var-${color}`).weight;
    return { blue: of('blue'), green: of('green') };
  }

  /** Who gets requests: the route's weights, or in overlap the pods behind the active Service's selector. */
  shares(overlap: boolean): Record<Color, number> {
    if (!overlap) return this.weights();
    const { color } = this.get('Service', 'bayesian-var').spec.selector;
    const slots = this.pods.slots();
    const all = slots.blue.length + slots.green.length;
    if (color === undefined)
      return { blue: (100 * slots.blue.length) / all, green: (100 * slots.green.length) / all };
    return { blue: color === 'blue' ? 100 : 0, green: color === 'green' ? 100 : 0 };
  }

  overlap = false;

  async #reconcile(): Promise<void> {
    while (this.#running) {
      for (const color of COLORS) {
        const { spec } = this.get('Deployment', `bayesian-var-${color}`);
        await this.pods.reconcile(color, spec.template.spec.containers[0].image, spec.replicas);
      }
      const targets = JSON.stringify(this.pods.targets());
      if (targets !== this.#lastTargets) writeFileSync(this.#targetFile, targets);
      this.#lastTargets = targets;
      await this.weigh();
      await pause(150);
    }
  }

  async weigh(): Promise<void> {
    const slots = this.pods.slots();
    const shares = this.shares(this.overlap);
    const key = JSON.stringify([slots, shares]);
    if (key === this.#lastWeights) return;
    this.#lastWeights = key;
    await this.#gateway.weigh(shares, slots);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#running = false;
    await this.#loop;
    await this.pods[Symbol.asyncDispose]();
  }
}
