/** What an answer's audit entry takes with it, and what is durable before that. */
import { describe, expect, it } from 'vitest';
import type { RiskAnswer } from '#domain/measure/risk-answer.ts';
import { AnswerAudit } from '#engine/audit-answers.ts';
import { LineageKeeper, type LineageKeeperOptions } from '#engine/lineage-keeper.ts';

const MINUTE = 60_000;
const SLOT = { modelId: 'A:1m', symbol: 'A', intervalMs: MINUTE, particles: 1, stateLength: 1 };
const TASK = {
  symbols: [0],
  exposures: [1],
  confidences: [0.99],
  horizonsMs: [MINUTE],
  credibleMass: 0.9,
  contributions: false,
  method: 'bayes',
  seed: 1,
} as const;

/** What auditing reads of an answer. */
const answer = (lineageId: string) =>
  ({
    lineageId,
    model: { id: 'pool', version: 'v' },
    provenance: 'synthetic',
    quality: { status: 'fresh' },
    results: [],
  }) as unknown as RiskAnswer;

/** Every durable write waits for `release` and is then written into `log`. */
function scene(share: number, maxPending = 100) {
  const log: string[] = [];
  const lost: string[] = [];
  const gates: (() => void)[] = [];
  let broken = false;
  let trailBroken = false;
  const write = (what: string) =>
    new Promise<void>((resolve, reject) => {
      gates.push(() => {
        if (broken) return reject(new Error('away'));
        log.push(what);
        resolve();
      });
    });
  const options: LineageKeeperOptions = {
    inputs: {
      keepBase: () => write('base'),
      base: async () => undefined,
      keepBars: () => write('bars'),
      bars: async () => [],
      keepEpochs: () => write('epoch'),
      epoch: async () => undefined,
    },
    instance: 'one',
    plan: { symbols: ['A'], intervalsMs: [MINUTE], particles: 1, seed: 1 },
    machine: {
      slots: [SLOT],
      running: () => new Float64Array(1),
      head: () => ({ intervalMs: MINUTE, epoch: 1, symbols: [{ fitHash: 'f', lastOpenTimeMs: 0 }] }),
      takenBars: () => [],
    },
    now: () => 1,
    onLost: (_records, error) => lost.push(error.message),
    flushMs: 3_600_000,
    maxPending,
  };
  const keeper = new LineageKeeper(options);
  const audit = new AnswerAudit({
    trail: {
      async record({ action, subject, lineages = [] }) {
        if (trailBroken) throw new Error('no trail');
        log.push(`${action} ${subject} with ${lineages.map(({ id }) => id).join(' ')}`);
      },
    },
    share,
    sampleEvery: 1,
    windowMs: 3_600_000,
    lineage: keeper,
    onLost: () => undefined,
  });
  keeper.published(MINUTE);
  const computed = (id: string) => keeper.answered(answer(id), TASK, [{ intervalMs: MINUTE, epoch: 1 }]);
  const audited = (id: string) => audit.record(answer(id), { actor: 'a', requestId: id });
  return {
    log,
    lost,
    audit,
    answered(id: string) {
      computed(id);
      return audited(id);
    },
    computed,
    audited,
    breakStore() {
      broken = true;
    },
    breakTrail(now: boolean) {
      trailBroken = now;
    },
    /** Lets writes through, one after another, until the work is done. */
    async through(work: Promise<unknown>) {
      let done = false;
      void work.finally(() => {
        done = true;
      });
      for (let turn = 0; turn < 200 && !done; turn++) {
        gates.shift()?.();
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(done).toBe(true);
    },
  };
}

describe('lineage of audited answers', () => {
  it('goes with the entry that names the answer, with all it stands on durable before that', async () => {
    const { log, answered, through } = scene(1);
    const left = answered('L1');
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toEqual([]);
    await through(left);
    expect(log).toEqual(['base', 'epoch', 'var.answered L1 with L1']);
  });

  it('shares the write of what answers stand on', async () => {
    const { log, answered, through } = scene(1);
    await through(Promise.all(['L1', 'L2', 'L3'].map(answered)));
    expect(log.filter((line) => line === 'epoch')).toHaveLength(1);
    expect(log.filter((line) => line === 'base')).toHaveLength(1);
    expect(log.slice(-3)).toEqual(['L1', 'L2', 'L3'].map((id) => `var.answered ${id} with ${id}`));
  });

  it('goes with every entry until one of them is kept, so that no order of writes leaves one without', async () => {
    const { log, answered, through, breakTrail } = scene(1);
    await through(Promise.all(['L1', 'L1'].map(answered)));
    expect(log.slice(-2)).toEqual(['var.answered L1 with L1', 'var.answered L1 with L1']);
    await through(answered('L1'));
    expect(log.at(-1)).toBe('var.answered L1 with ');
    breakTrail(true);
    await through(answered('L2'));
    breakTrail(false);
    await through(answered('L2'));
    expect(log.at(-1)).toBe('var.answered L2 with L2');
  });

  it('goes with a digest that names it; the answers themselves do not wait', async () => {
    const { log, audit, answered, through } = scene(0);
    await Promise.all(['L1', 'L2'].map(answered));
    expect(log).toEqual([]);
    await through(audit.flush());
    expect(log).toEqual(['base', 'epoch', 'var.digest 2 answers with L1 L2']);
  });

  it('that nothing can keep is reported, and the answer leaves all the same', async () => {
    const { log, lost, answered, through, breakStore } = scene(1);
    breakStore();
    await through(answered('L1'));
    expect(log).toEqual(['var.answered L1 with ']);
    expect(lost).toEqual(['away', 'away']);
  });

  it('that too many later answers pushed out is reported, and one that is kept already is not', async () => {
    const { log, lost, computed, audited, answered, through } = scene(1, 2);
    for (const id of ['L1', 'L2', 'L3']) computed(id);
    await through(Promise.all(['L1', 'L2'].map(audited)));
    expect(log.filter((line) => line.startsWith('var'))).toEqual([
      'var.answered L1 with ',
      'var.answered L2 with L2',
    ]);
    expect(lost).toEqual(['too many answers came between this one and its audit entry']);
    await through(answered('L2'));
    expect(lost).toHaveLength(1);
  });
});

describe('the auditing of an answer', () => {
  it('says whether the answer leaves without its entry; one that only a digest covers needs none', async () => {
    const each = scene(1);
    each.breakTrail(true);
    const left = each.answered('L1');
    await each.through(left);
    expect(await left).toBe(false);
    each.breakTrail(false);
    const kept = each.answered('L2');
    await each.through(kept);
    expect(await kept).toBe(true);
    const digested = scene(0);
    digested.breakTrail(true);
    expect(await digested.answered('L1')).toBe(true);
    await digested.through(digested.audit.flush());
  });
});
