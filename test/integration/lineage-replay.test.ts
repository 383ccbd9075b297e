/** Answers come out again from what was kept of them, whatever their model saw before it was first published. */
import { afterEach, describe, expect, it } from 'vitest';
import type { RiskAnswer } from '#domain/measure/risk-answer.ts';
import type { RiskQuery } from '#domain/measure/risk-query.ts';
import { MODEL_IDS } from '#domain/posterior/model-pool.ts';
import { LineageKeeper } from '#engine/lineage-keeper.ts';
import { recompute } from '#engine/lineage-replay.ts';
import type { ValuationCycle, ValuationEvent } from '#engine/valuation-cycle.ts';
import type { LineageInputs, ModelBase, PublishedEpoch, SeenBar } from '#store/ports/lineage-inputs.ts';
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

  async function again({ lineageId }: RiskAnswer) {
    const record = await keeper!.named(lineageId);
    const lineages = { get: async () => record };
    return recompute(lineageId, { lineages, inputs });
  }

  return { cycle, closeBar, ask, again };
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
});
