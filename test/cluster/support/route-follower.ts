/**
 * The controller of the gateway: HAProxy follows the HTTPRoute's weights and the ready endpoints of both Services, and
 * the route's status says that it was taken on. Prometheus' targets follow the pods.
 *
 * Flow: HTTPRoute, EndpointSlices -> here -> HAProxy's runtime socket.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { COLORS, type Color, type Gateway, SLOTS } from '../../deploy/harness/gateway.ts';
import type { Json } from '../../deploy/support/manifests.ts';
import type { Api } from './api.ts';

const ROUTE = '/apis/gateway.networking.k8s.io/v1/namespaces/production/httproutes/bayesian-var';
const SLICES = '/apis/discovery.k8s.io/v1/namespaces/production/endpointslices';

export function followRoute(api: Api, gateway: Gateway): AsyncDisposable {
  const slots: Record<Color, (string | undefined)[]> = {
    blue: Array.from({ length: SLOTS }),
    green: Array.from({ length: SLOTS }),
  };
  let running = true;
  let weighed = '';

  async function accept(route: Json): Promise<void> {
    if (route.status?.parents !== undefined) return;
    const condition = (type: string): Json => ({
      type,
      status: 'True',
      reason: type,
      message: '',
      lastTransitionTime: new Date().toISOString(),
    });
    const parent = {
      parentRef: route.spec.parentRefs[0],
      controllerName: 'bayesian-var.io/test-gateway',
      conditions: [condition('Accepted'), condition('ResolvedRefs')],
    };
    await api.merge(`${ROUTE}/status`, { status: { parents: [parent] } });
  }

  async function ready(color: Color): Promise<string[]> {
    const selector = `labelSelector=kubernetes.io%2Fservice-name%3Dbayesian-var-${color}`;
    const { body } = await api.get(`${SLICES}?${selector}`);
    return (body.items as Json[])
      .flatMap((slice) => slice.endpoints ?? [])
      .filter((endpoint: Json) => endpoint.conditions.ready === true)
      .map((endpoint: Json) => endpoint.addresses[0]);
  }

  async function place(color: Color): Promise<void> {
    const wanted = await ready(color);
    for (let slot = 0; slot < SLOTS; slot++) {
      const address = slots[color][slot];
      if (address === undefined || wanted.includes(address)) continue;
      slots[color][slot] = undefined;
      await gateway.place(color, slot, undefined);
    }
    for (const address of wanted) {
      const free = slots[color].indexOf(undefined);
      if (slots[color].includes(address) || free < 0) continue;
      slots[color][free] = address;
      await gateway.place(color, free, 8080, address);
    }
  }

  async function step(): Promise<void> {
    const { status, body: route } = await api.get(ROUTE);
    if (status !== 200) return;
    await accept(route);
    for (const color of COLORS) await place(color);
    const refs: Json[] = route.spec.rules.find((rule: Json) => rule.backendRefs.length === 2).backendRefs;
    const of = (color: Color): number => refs.find((ref) => ref.name === `bayesian-var-${color}`).weight;
    const shares = { blue: of('blue'), green: of('green') };
    const placed = (color: Color): number[] =>
      slots[color].flatMap((address, slot) => (address === undefined ? [] : [slot]));
    const all = { blue: placed('blue'), green: placed('green') };
    const key = JSON.stringify([shares, all]);
    if (key === weighed) return;
    await gateway.weigh(shares, all);
    weighed = key;
  }

  const loop = (async () => {
    while (running) {
      try {
        await step();
      } catch (error) {
        if (running) console.error(`gateway: ${(error as Error).message}`);
      }
      await pause(150);
    }
  })();
  return {
    [Symbol.asyncDispose]: async () => {
      running = false;
      await loop;
    },
  };
}
