/**
 * The running posteriors as governance sees them: one slot per symbol and interval, whose past can be read
 * and whose state can be replaced in one step.
 * Flow: engine/retraining -> here -> memory/posterior-slab, engine/interval-runner.
 */
import { observationsFromBars } from '#domain/posterior/observations-from-bars.ts';
import { flatState } from '#domain/posterior/state-layout.ts';
import { imageLength, viewImage } from '#memory/model-image.ts';
import { HASH_BYTES } from '#memory/publication.ts';
import type { RiskMemory } from '#memory/risk-memory.ts';
import { placeState } from '#worker/posterior-access.ts';
import type { IntervalRunner } from './interval-runner.ts';
import type { ModelMachine, ModelSlot } from './model-machine.ts';
import { readPublished } from './published-models.ts';

const UNITS: readonly (readonly [number, string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1000, 's'],
];

function intervalLabel(intervalMs: number): string {
  for (const [ms, letter] of UNITS) if (intervalMs % ms === 0) return `${intervalMs / ms}${letter}`;
  return `${intervalMs}ms`;
}

export function createModelSlots(
  memory: RiskMemory,
  particles: number,
  runners: readonly IntervalRunner[],
): ModelMachine {
  const { plan } = memory;
  const stateLength = plan.state.moving + plan.state.constants;
  const installed = new Map<string, string>();
  const places = new Map<string, { symbolIndex: number; intervalIndex: number }>();
  const slots: ModelSlot[] = [];
  plan.intervals.forEach(({ intervalMs }, intervalIndex) => {
    plan.symbols.forEach((symbol, symbolIndex) => {
      const modelId = `${symbol}:${intervalLabel(intervalMs)}`;
      places.set(modelId, { symbolIndex, intervalIndex });
      slots.push({ modelId, symbol, intervalMs, particles, stateLength });
    });
  });
  return {
    slots,
    installedVersion: (modelId) => installed.get(modelId),
    history(modelId) {
      const place = places.get(modelId);
      if (place === undefined) return undefined;
      const { history, plan: interval } = memory.intervals[place.intervalIndex]!;
      const series = observationsFromBars(history.read(place.symbolIndex, interval.fitBars));
      return series.length > 0 ? series : undefined;
    },
    adopt: (modelId, version) => void installed.set(modelId, version),
    running(modelId) {
      const place = places.get(modelId);
      if (place === undefined) return undefined;
      return readPublished(memory, place.intervalIndex, (epoch, { publication, slab, scores }) => {
        const { posteriorSlot, constantsSlot, lastOpenTimeMs } = publication.slot(epoch);
        const slot = posteriorSlot[place.symbolIndex]!;
        if (slot < 0) return undefined;
        const state = slab.state(place.symbolIndex, slot, constantsSlot[place.symbolIndex]!);
        const flat = new Float64Array(imageLength(stateLength));
        const image = viewImage(flat);
        image.state.set(flatState(state));
        scores.copyOut(place.symbolIndex, lastOpenTimeMs[place.symbolIndex]!, image.scoreTimes, image.scores);
        return flat;
      });
    },
    async install(modelId, version, flat) {
      const place = places.get(modelId);
      if (place === undefined) throw new RangeError(`no model is called ${modelId}`);
      const image = viewImage(flat);
      if (image.state.length !== stateLength)
        throw new RangeError(`a state of ${image.state.length} floats, not ${stateLength}`);
      const { symbolIndex, intervalIndex } = place;
      const { scores } = memory.intervals[intervalIndex]!;
      await runners[intervalIndex]!.install({
        symbolIndex,
        place: () => {
          placeState(memory, intervalIndex, symbolIndex, image.state);
          scores.copyIn(symbolIndex, image.scoreTimes, image.scores);
        },
      });
      installed.set(modelId, version);
    },
  };
}

/** Names the published posteriors of one symbol; undefined while there is none. */
export function revisionOf(memory: RiskMemory, symbolIndex: number): string | undefined {
  let name = '';
  for (const { publication } of memory.intervals) {
    const epoch = publication.epoch();
    if (epoch === 0) continue;
    const { posteriorSlot, stateHash } = publication.slot(epoch);
    if (posteriorSlot[symbolIndex]! < 0) continue;
    const start = symbolIndex * HASH_BYTES;
    name += Buffer.from(stateHash.slice(start, start + 8)).toString('hex');
  }
  return name === '' ? undefined : name;
}
