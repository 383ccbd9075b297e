import { describe, it } from 'vitest';
import { capturePaths } from '../support/captured-trades.ts';
import { checkReplay } from '../support/replay-check.ts';

const paths = capturePaths();

describe.skipIf(paths === undefined)(
  'replay of the captured spot files (skipped where they are absent)',
  () => {
    it('at 300 times their pace: every trade in, no gap, no duplicate, bars equal to the slow reference', async () => {
      await checkReplay(paths as string[], 300, false);
    }, 40_000);
  },
);
