import { expect, it } from 'vitest';
import { createTurnstile } from '../../../src/engine/turnstile.ts';

/** Work that ends when it is told to. */
function held() {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { work: () => promise, resolve, reject };
}

it('a turnstile lets so many in at once and the rest in order, whoever fails', async () => {
  const inTurn = createTurnstile(2);
  const begun: number[] = [];
  const pieces = Array.from({ length: 5 }, held);
  const outcomes = pieces.map(({ work }, index) =>
    inTurn(() => {
      begun.push(index);
      return work();
    }).catch((error: Error) => error.message),
  );
  const settled = async (index: number) => {
    await outcomes[index];
    return [...begun];
  };
  expect(begun).toEqual([0, 1]);
  pieces[1]!.reject(new Error('broken'));
  expect(await settled(1)).toEqual([0, 1, 2]);
  pieces[0]!.resolve();
  expect(await settled(0)).toEqual([0, 1, 2, 3]);
  for (const piece of pieces) piece.resolve();
  expect(await Promise.all(outcomes)).toEqual([undefined, 'broken', undefined, undefined, undefined]);
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  expect(await inTurn(async () => 'room again')).toBe('room again');
});
