/**
 * The faults in force: planting, expiry, clearing.
 * Flow: admin call or method -> here -> stream faults, REST faults, upgrade guard.
 */
import type { Fault, FaultOf } from './fault.ts';

export interface PlantedFault<F extends Fault = Fault> {
  readonly id: number;
  readonly fault: F;
  /** When it was planted, on the exchange's clock. */
  readonly plantedUs: number;
  readonly endsAtMs: number;
  left: number;
}

/** Things a fault does at once rather than while it is in force. */
export interface FaultActions {
  dropLinks(count: number): void;
  announceShutdown(): void;
  setClockSkew(ms: number): void;
  nowUs(): number;
}

export class FaultDesk {
  readonly #actions: FaultActions;
  readonly #timers = new Set<NodeJS.Timeout>();
  #planted: PlantedFault[] = [];
  #nextId = 1;

  constructor(actions: FaultActions) {
    this.#actions = actions;
  }

  get planted(): readonly PlantedFault[] {
    return this.#planted;
  }

  plant(fault: Fault): PlantedFault {
    const span = fault as { count?: number; forMs?: number };
    const planted: PlantedFault = {
      id: this.#nextId,
      fault,
      plantedUs: this.#actions.nowUs(),
      endsAtMs: performance.now() + (span.forMs ?? Number.POSITIVE_INFINITY),
      left: span.count ?? Number.POSITIVE_INFINITY,
    };
    this.#nextId += 1;
    if (fault.kind === 'drop-links') {
      this.#actions.dropLinks(fault.count ?? Number.POSITIVE_INFINITY);
      return planted;
    }
    if (fault.kind === 'shutdown-notice') {
      this.#announce(fault);
      return planted;
    }
    this.#planted.push(planted);
    if (fault.kind === 'clock-skew') this.#actions.setClockSkew(fault.ms);
    if (span.forMs !== undefined) this.#after(span.forMs, () => this.#expire());
    return planted;
  }

  /** Lifts every fault. */
  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#planted = [];
    this.#actions.setClockSkew(0);
  }

  /** Faults of one kind that still have uses left. */
  *active<K extends Fault['kind']>(kind: K): Generator<PlantedFault<FaultOf<K>>> {
    if (this.#planted.length === 0) return;
    const now = performance.now();
    for (const planted of this.#planted) {
      if (planted.fault.kind !== kind || planted.left <= 0 || now >= planted.endsAtMs) continue;
      yield planted as PlantedFault<FaultOf<K>>;
    }
  }

  /** Spends one use of a fault. */
  use(planted: PlantedFault): void {
    planted.left -= 1;
    if (planted.left <= 0) this.#planted = this.#planted.filter((other) => other !== planted);
  }

  #announce(fault: FaultOf<'shutdown-notice'>): void {
    this.#actions.announceShutdown();
    if (fault.dropAfterMs === undefined) return;
    this.#after(fault.dropAfterMs, () => this.#actions.dropLinks(Number.POSITIVE_INFINITY));
  }

  #expire(): void {
    const now = performance.now();
    const skewed = this.#has('clock-skew');
    this.#planted = this.#planted.filter((planted) => now < planted.endsAtMs);
    if (skewed && !this.#has('clock-skew')) this.#actions.setClockSkew(0);
  }

  #has(kind: Fault['kind']): boolean {
    return this.#planted.some((planted) => planted.fault.kind === kind);
  }

  #after(ms: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, ms + 1);
    this.#timers.add(timer);
  }
}
