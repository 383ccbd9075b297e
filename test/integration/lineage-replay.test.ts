/** Answers come out again from what was kept of them, whatever their model saw before it was first published. */
import { afterEach, describe, expect, it } from 'vitest';
import type { RiskAnswer } from '#domain/measure/risk-answer.ts';
import type { RiskQuery } from '#domain/measure/risk-query.ts';
import { MODEL_IDS } from '#domain/posterior/model-pool.ts';
import { LineageKeeper } from '#engine/lineage-keeper.ts';
import type { LineagePayload } from '#engine/lineage-payload.ts';
import { recipeId } from '#engine/lineage-record.ts';
import { recompute } from '#engine/lineage-replay.ts';
import type { ValuationCycle, ValuationEvent } from '#engine/valuation-cycle.ts';
import type { LineageInputs, ModelBase, PublishedEpoch, SeenBar } from '#store/ports/lineage-inputs.ts';
import type { LineageRecord } from '#store/ports/lineages.ts';
import { bookQuery, HISTORY, HOUR, SYMBOLS, smallMarket } from '../support/valuation-market.ts';

const PLAN = {
  symbols: SYMBOLS,
  intervalsMs: [HOUR, 24 * HOUR],
  horizonsMs: [HOUR, 24 * HOUR],
  particles: 64,
  models: MODEL_IDS.slice(0, 2),
  seed: 42,
  fitBars: 300,
};

/** Past the bar at which the first symbol's fit is scheduled: none falls due in these tests. */
const LOADED = HISTORY + 1;

/** The store's side, in memory. */
function keptInputs(): LineageInputs {
  const bases = new Map<string, ModelBase>();
  const epochs = new Map<string, PublishedEpoch>();
  const bars: SeenBar[] = [];
  return {
    keepBase: async (base) => void bases.set(base.id, { ...base, image: base.image.slice() }),
    base: async (id) => bases.get(id),
    keepBars: async (seen) => void bars.push(...seen),
    bars: async ({ symbol, intervalMs, afterMs, untilMs }) =>
      bars.filter(
        (bar) =>
          bar.symbol === symbol &&
          bar.intervalMs === intervalMs &&
          bar.openTimeMs > afterMs &&
          bar.openTimeMs <= untilMs,
      ),
    keepEpochs: async (published) => published.forEach((epoch) => void epochs.set(epoch.id, epoch)),
    epoch: async (id) => epochs.get(id),
  };
}

function scene(onFitted: (closeBar: () => void) => void = () => undefined) {
  const inputs = keptInputs();
  let next = LOADED;
  let keeper: LineageKeeper | undefined;
  const market = smallMarket(
    {
      ...PLAN,
      onEvent(event: ValuationEvent) {
        if (event.kind === 'fitted' && event.intervalMs === HOUR) onFitted(closeBar);
        if (event.kind === 'updated') keeper?.published(event.intervalMs);
        if (event.kind === 'answered') keeper?.answered(event.answer, event.task, event.epochs);
      },
    },
    LOADED,
  );
  const { cycle, bars } = market;
  keeper = new LineageKeeper({
    inputs,
    instance: 'one',
    plan: PLAN,
    machine: cycle,
    now: () => 1,
    onLost(_records, error) {
      throw error;
    },
  });

  function closeBar(): void {
    for (const symbolIndex of SYMBOLS.keys()) {
      const bar = bars.get(HOUR)![symbolIndex]![next]!;
      cycle.onBar(symbolIndex, bar);
      keeper!.bar(symbolIndex, bar);
    }
    next++;
  }

  async function ask(parts: Partial<RiskQuery> = {}): Promise<RiskAnswer> {
    const answer = await cycle.valueAtRisk(bookQuery(parts), market.inputs);
    if (!answer.ok) throw new Error(answer.message);
    return answer.value;
  }

  async function again({ lineageId }: RiskAnswer, spoil: (kept: Kept) => Partial<Kept> = () => ({})) {
    const found = await keeper!.named(lineageId);
    const kept = { record: found, inputs };
    const { record, inputs: standing } = { ...kept, ...spoil(kept) };
    return recompute(lineageId, { lineages: { get: async () => record }, inputs: standing });
  }

  return { cycle, closeBar, ask, again };
}

interface Kept {
  readonly record: LineageRecord | undefined;
  readonly inputs: LineageInputs;
}

/** What is kept, with one part of it spoiled, and what is said of that. */
const SPOILED: readonly [string, (kept: Kept) => Partial<Kept>, RegExp][] = [
  ['the record is gone', () => ({ record: undefined }), /no lineage record is kept under [0-9a-f]{64}/],
  [
    'the record is of a form of a later release',
    ({ record }) => ({ record: { ...record!, payload: { schema: 9 } } }),
    /a lineage record of form 9/,
  ],
  [
    'an epoch is gone',
    ({ inputs }) => ({ inputs: { ...inputs, epoch: async () => undefined } }),
    /the epoch [0-9a-f]{64} is not kept/,
  ],
  [
    'an epoch was changed',
    ({ inputs }) => ({ inputs: { ...inputs, epoch: changedEpoch(inputs, '"seed":42', '"seed":43') } }),
    /the kept epoch [0-9a-f]{64} was changed/,
  ],
  [
    'an epoch is of an earlier form',
    ({ record, inputs }) => {
      const old = JSON.stringify({ schema: 1 });
      const payload = { ...(record!.payload as LineagePayload), epochs: [recipeId(old)] };
      const epoch = async () => ({ id: recipeId(old), createdMs: 1, recipe: old });
      return { record: { ...record!, payload }, inputs: { ...inputs, epoch } };
    },
    /an epoch recipe of form 1/,
  ],
  [
    'a model state is gone',
    ({ inputs }) => ({ inputs: { ...inputs, base: async () => undefined } }),
    /the model state [0-9a-f]{64} is not kept/,
  ],
  [
    'a bit of a model state was changed',
    ({ inputs }) => ({ inputs: { ...inputs, base: changedBase(inputs) } }),
    /the kept model state [0-9a-f]{64} was changed/,
  ],
  [
    'a bar is gone',
    ({ inputs }) => ({ inputs: { ...inputs, bars: async () => [] } }),
    /the bars of \w+ up to the answer are not all kept/,
  ],
];

function changedEpoch(inputs: LineageInputs, from: string, to: string): LineageInputs['epoch'] {
  return async (id) => {
    const epoch = await inputs.epoch(id);
    return epoch && { ...epoch, recipe: epoch.recipe.replace(from, to) };
  };
}

function changedBase(inputs: LineageInputs): LineageInputs['base'] {
  return async (id) => {
    const base = await inputs.base(id);
    const image = base!.image.slice();
    image[100]! ^= 1;
    return { ...base!, image };
  };
}

let open: ValuationCycle | undefined;
afterEach(() => open?.close());

describe('an answer computed again', () => {
  it('right after the start', async () => {
    const { cycle, ask, again } = scene();
    open = cycle;
    await cycle.start();
    const answer = await ask();
    expect(await again(answer)).toMatchObject({ same: true, recomputedId: answer.lineageId });
  });

  it('where a bar closed between the fit and its publication', async () => {
    let closed = false;
    const { cycle, closeBar, ask, again } = scene((close) => {
      if (!closed) close();
      closed = true;
    });
    open = cycle;
    await cycle.start();
    const answer = await ask();
    expect(await again(answer)).toMatchObject({ same: true, recomputedId: answer.lineageId });
    closeBar();
    await cycle.idle();
    const later = await ask();
    expect(later.model.version).toBe(answer.model.version);
    expect(later.model.hash).not.toBe(answer.model.hash);
    expect(await again(later)).toMatchObject({ same: true, recomputedId: later.lineageId });
  });

  it('by a comparison method, where a bar waited for its epoch', async () => {
    const { cycle, closeBar, ask, again } = scene();
    open = cycle;
    await cycle.start();
    closeBar();
    const answers = await Promise.all((['hist', 'fhs'] as const).map((method) => ask({ method })));
    for (const answer of answers) expect(await again(answer)).toMatchObject({ same: true });
    await cycle.idle();
    expect((await ask({ method: 'hist' })).lineageId).not.toBe(answers[0]!.lineageId);
  });

  it('where an installed model had bars to see', async () => {
    const { cycle, closeBar, ask, again } = scene();
    open = cycle;
    await cycle.start();
    const modelId = `${SYMBOLS[0]}:1h`;
    const image = cycle.running(modelId)!;
    closeBar();
    closeBar();
    await cycle.idle();
    await cycle.install(modelId, 'v', image);
    const answer = await ask();
    expect(await again(answer)).toMatchObject({ same: true, recomputedId: answer.lineageId });
  });

  it('is refused by the name of what is missing or was changed, and a changed book is another answer', async () => {
    const { cycle, closeBar, ask, again } = scene();
    open = cycle;
    await cycle.start();
    closeBar();
    await cycle.idle();
    const answer = await ask();
    for (const [what, spoil, says] of SPOILED) await expect(again(answer, spoil), what).rejects.toThrow(says);
    const other = await again(answer, ({ record }) => {
      const payload = record!.payload as LineagePayload;
      const task = { ...payload.task, seed: payload.task.seed + 1 };
      return { record: { ...record!, payload: { ...payload, task } } };
    });
    expect(other.same).toBe(false);
    expect(other.recomputedId).not.toBe(answer.lineageId);
    expect(await again(answer)).toMatchObject({ same: true });
  });
});
