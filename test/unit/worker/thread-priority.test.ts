import { getPriority } from 'node:os';
import { describe, expect, it } from 'vitest';
import { standBack } from '../../../src/worker/thread-priority.ts';

describe.runIf(process.platform === 'linux')('a learning thread', () => {
  it('stands back from the threads that answer', () => {
    const before = getPriority();
    const thread = standBack();
    expect(thread).toBeGreaterThan(0);
    expect(getPriority(thread)).toBeGreaterThanOrEqual(Math.max(before, 5));
  });
});
