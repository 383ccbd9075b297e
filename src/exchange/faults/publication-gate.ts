/**
 * How far each symbol's market is published: to now, or, while frozen, to the moment the freeze began. Streams
 * and REST stop at the same print, which is what tells a halted market from a stalled stream.
 * Units: microseconds on the exchange's clock.
 */
import type { Instrument } from '../market/instrument.ts';
import type { FaultDesk } from './fault-desk.ts';

export class PublicationGate {
  readonly #desk: FaultDesk;
  readonly #instruments: readonly Instrument[];

  constructor(desk: FaultDesk, instruments: readonly Instrument[]) {
    this.#desk = desk;
    this.#instruments = instruments;
  }

  edgeUs(symbol: number, nowUs: number): number {
    let edge = nowUs;
    for (const planted of this.#desk.active('freeze-symbol')) {
      if (planted.fault.symbol === this.#instruments[symbol]?.symbol)
        edge = Math.min(edge, planted.plantedUs);
    }
    return edge;
  }
}
