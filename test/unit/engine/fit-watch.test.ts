import { describe, expect, it } from 'vitest';
import { FitWatch } from '#engine/fit-watch.ts';

const member = (model: string, weight: number, paretoK: number) => ({ model, weight, paretoK, ess: 10 });
const alarmed = (watch: FitWatch) => watch.alarms().map(({ modelId }) => modelId);

describe('the watch over fits', () => {
  it.each([
    ['weights with a heavy tail', [member('a', 0.6, 0.8), member('b', 0.4, 0.2)], []],
    ['a tail that is no number', [member('a', 0.6, Number.NaN), member('b', 0.4, 0.2)], []],
    ['a fit that fell back', [member('a', 0.6, 0.2), member('b', 0.4, 0.2)], ['a']],
  ])('raises an alarm where most of the pool has %s, until a fit is sound', (_, members, fallbacks) => {
    const watch = new FitWatch();
    watch.fitted('A:1h', { members, fallbacks });
    expect(watch.alarms()).toEqual([{ modelId: 'A:1h', kind: 'diagnostics', by: 'fit-watch' }]);
    watch.fitted('A:1h', { members: [member('a', 0.6, 0.3), member('b', 0.4, 0.9)], fallbacks: ['b'] });
    expect(watch.alarms()).toEqual([]);
  });

  it('has no word on a model whose doubtful fit was replaced by another champion', () => {
    const watch = new FitWatch();
    for (const modelId of ['A:1h', 'B:1h'])
      watch.fitted(modelId, { members: [member('a', 1, 0.9)], fallbacks: [] });
    watch.replaced('A:1h');
    expect(alarmed(watch)).toEqual(['B:1h']);
  });
});
