import { getPriority } from 'node:os';
import { describe, expect, it } from 'vitest';
import { helpersStandBack, standBack } from '../../../src/worker/thread-priority.ts';

describe.runIf(process.platform === 'linux')('threads that no caller waits for', () => {
  it('stand back from the threads that answer', () => {
    const before = getPriority();
    const thread = standBack();
    expect(thread).toBeGreaterThan(0);
    expect(getPriority(thread)).toBeGreaterThanOrEqual(Math.max(before, 10));
  });

  it('include those of V8 that collect and compile', () => {
    const helpers = helpersStandBack();
    expect(helpers.length).toBeGreaterThan(0);
    for (const thread of helpers) expect(getPriority(thread)).toBeGreaterThanOrEqual(10);
  });
});
