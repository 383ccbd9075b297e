/**
 * Pods as real processes: brings the number of processes of a colour to what its Deployment wants, asks each for
 * readiness, and takes a leaving one out of the gateway before it gets SIGTERM, as a cluster does.
 *
 * Flow: cluster.ts -> here -> processes, gateway, Prometheus' target file.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { COLORS, type Color, type Gateway, SLOTS } from './gateway.ts';
import { freePort, stopped } from './process.ts';
import type { Fault, PodOptions } from './stand-in-pod.ts';

interface Pod {
  readonly slot: number;
  readonly image: string;
  readonly port: number;
  readonly metricsPort: number;
  readonly child: ChildProcess;
  ready: boolean;
}

const PROGRAM = join(import.meta.dirname, 'stand-in-pod.ts');
/** Time for the gateway to take a pod out before it is told to end: the preStop sleep, scaled. */
const PRE_STOP_MS = 300;

export class Pods implements AsyncDisposable {
  readonly #running: Record<Color, Pod[]> = { blue: [], green: [] };
  readonly #gateway: Gateway;
  readonly #faultOf: (image: string) => Fault;
  readonly #leaving = new Set<Promise<void>>();

  constructor(gateway: Gateway, faultOf: (image: string) => Fault) {
    this.#gateway = gateway;
    this.#faultOf = faultOf;
  }

  ready(color: Color, image: string): number {
    return this.#running[color].filter((pod) => pod.ready && pod.image === image).length;
  }

  slots(): Record<Color, number[]> {
    const of = (color: Color): number[] => this.#running[color].filter((p) => p.ready).map((p) => p.slot);
    return { blue: of('blue'), green: of('green') };
  }

  targets(): { targets: string[]; labels: Record<string, string> }[] {
    return COLORS.flatMap((color) =>
      this.#running[color].map((pod) => ({
        targets: [`127.0.0.1:${pod.metricsPort}`],
        labels: { color, pod: `${color}-${pod.slot}` },
      })),
    );
  }

  /** One step towards the wanted state. */
  async reconcile(color: Color, image: string, wanted: number): Promise<void> {
    const pods = this.#running[color];
    for (const pod of pods.filter((p) => p.image !== image || p.slot >= wanted)) this.#retire(color, pod);
    for (let slot = 0; slot < Math.min(wanted, SLOTS); slot++)
      if (!this.#running[color].some((pod) => pod.slot === slot))
        this.#running[color].push(await this.#start(color, slot, image));
    await Promise.all(this.#running[color].map((pod) => this.#probe(color, pod)));
  }

  async #start(color: Color, slot: number, image: string): Promise<Pod> {
    const options: PodOptions = {
      port: await freePort(),
      metricsPort: await freePort(),
      color,
      fault: this.#faultOf(image),
      faultAfterMs: 1_500,
    };
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify(options)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return { slot, image, port: options.port, metricsPort: options.metricsPort, child, ready: false };
  }

  async #probe(color: Color, pod: Pod): Promise<void> {
    const signal = AbortSignal.timeout(1_000);
    const ready = await fetch(`http://127.0.0.1:${pod.port}/health/ready`, { signal }).then(
      (answer) => answer.ok,
      () => pod.ready,
    );
    if (ready === pod.ready || !this.#running[color].includes(pod)) return;
    pod.ready = ready;
    await this.#gateway.place(color, pod.slot, ready ? pod.port : undefined);
  }

  #retire(color: Color, pod: Pod): void {
    this.#running[color] = this.#running[color].filter((other) => other !== pod);
    const leaving = (async () => {
      if (pod.ready) await this.#gateway.place(color, pod.slot, undefined);
      await pause(PRE_STOP_MS);
      await stopped(pod.child);
    })().finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const color of COLORS) for (const pod of this.#running[color]) pod.child.kill('SIGKILL');
    await Promise.allSettled(this.#leaving);
  }
}
