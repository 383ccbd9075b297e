/** Where fits and installations write: never on what the published epoch names, nor on one another. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '#math/random.ts';
import { attachPublication, type Publication, publicationBytes } from '#memory/publication.ts';
import { publishedPlace, type StatePlace, sparePlace } from '#worker/posterior-access.ts';

const SYMBOLS = 5;

function publication(): Publication {
  return attachPublication(new SharedArrayBuffer(publicationBytes(SYMBOLS, 1)), SYMBOLS, 1);
}

/** Publishes these places beside those that stand. */
function publish(shared: Publication, fresh: ReadonlyMap<number, StatePlace>): void {
  const standing = Array.from({ length: SYMBOLS }, (_, symbol) =>
    publishedPlace({ publication: shared }, symbol),
  );
  const epoch = shared.begin();
  const { posteriorSlot, constantsSlot } = shared.slot(epoch);
  for (let symbol = 0; symbol < SYMBOLS; symbol++) {
    const place = fresh.get(symbol) ?? standing[symbol];
    posteriorSlot[symbol] = place?.slot ?? -1;
    constantsSlot[symbol] = place?.constantsSlot ?? 0;
  }
  shared.commit(epoch);
}

const constantsNamed = (shared: Publication): number[] =>
  Array.from({ length: SYMBOLS }, (_, symbol) => publishedPlace({ publication: shared }, symbol)).flatMap(
    (place) => (place === undefined ? [] : [place.constantsSlot]),
  );

describe('places of posterior states', () => {
  it('first fits side by side write apart from one another and from a fit of a published symbol', () => {
    const shared = publication();
    const first = sparePlace({ publication: shared }, SYMBOLS, 2);
    publish(shared, new Map([[2, first]]));
    const places = Array.from({ length: SYMBOLS }, (_, symbol) =>
      sparePlace({ publication: shared }, SYMBOLS, symbol),
    );
    expect(new Set([first, ...places].map((place) => place.constantsSlot)).size).toBe(SYMBOLS + 1);
    expect(places[2]!.slot).toBe(1 - first.slot);
  });

  it('after any order of fits the next one has a place of its own, within the slab', () => {
    const shared = publication();
    const random = createRandom(1);
    for (let turn = 0; turn < 500; turn++) {
      const symbol = Math.floor(random.uniform() * SYMBOLS);
      const place = sparePlace({ publication: shared }, SYMBOLS, symbol);
      const named = constantsNamed(shared);
      expect(named).not.toContain(place.constantsSlot);
      expect(place.constantsSlot).toBeLessThanOrEqual(SYMBOLS);
      expect(place.slot).not.toBe(publishedPlace({ publication: shared }, symbol)?.slot);
      publish(shared, new Map([[symbol, place]]));
      const after = constantsNamed(shared);
      expect(new Set(after).size).toBe(after.length);
    }
  });
});
