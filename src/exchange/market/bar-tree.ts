/**
 * Any bar of one symbol, at any level, by time or by id: walks down from the stored roots, splitting on the way.
 * Flow: root path -> here -> klines, tape.
 * Shapes: children of recently visited parents are kept in a small cache, because pages and tapes move forward.
 */
import { type BarNode, DENSE_MINUTE, MINUTE_MS, SECOND_MS } from './bar-node.ts';
import { splitBar } from './bar-split.ts';
import type { RootPath } from './root-path.ts';

const CACHED_PARENTS = 4096;

/** Which id series a lookup counts in. */
export type IdSeries = 'trade' | 'aggregate';

export class BarTree {
  readonly path: RootPath;
  readonly #seed: number;
  readonly #streamKey: number;
  readonly #children = new Map<BarNode, readonly BarNode[]>();

  constructor(path: RootPath, seed: number, streamKey: number) {
    this.path = path;
    this.#seed = seed;
    this.#streamKey = streamKey;
  }

  childrenOf(parent: BarNode): readonly BarNode[] {
    const known = this.#children.get(parent);
    if (known !== undefined) return known;
    if (this.#children.size >= CACHED_PARENTS) this.#children.clear();
    const made = splitBar(this.#seed, this.#streamKey, parent);
    this.#children.set(parent, made);
    return made;
  }

  /** The bar of one level that contains the time, or undefined outside the drawn history. */
  at(timeMs: number, levelMs: number): BarNode | undefined {
    let node = this.path.bars[this.path.indexOf(timeMs)];
    while (node !== undefined && node.intervalMs > levelMs) {
      const siblings: readonly BarNode[] = this.childrenOf(node);
      node = siblings[Math.floor((timeMs - node.openMs) / siblings[0]!.intervalMs)];
    }
    return node;
  }

  /** Bars of one level whose open lies in [fromMs, toMs), oldest first. */
  *range(fromMs: number, toMs: number, levelMs: number): Generator<BarNode> {
    for (let openMs = Math.max(fromMs, this.path.listedMs); openMs < toMs; openMs += levelMs) {
      const node = this.at(openMs, levelMs);
      if (node === undefined) return;
      yield node;
    }
  }

  /** The bar that is printed whole around a time: a minute, or a second of a dense minute. */
  leafAt(timeMs: number): BarNode | undefined {
    const minute = this.at(timeMs, MINUTE_MS);
    return minute !== undefined && isDense(minute) ? this.at(timeMs, SECOND_MS) : minute;
  }

  /** The leaf that holds a trade or aggregate id, or undefined where that id is not drawn. */
  leafOfId(id: number, series: IdSeries): BarNode | undefined {
    const first = series === 'trade' ? firstTrade : firstAggregate;
    let siblings = this.path.bars;
    for (;;) {
      const node = lastStartingAtOrBefore(siblings, id, first);
      if (node === undefined) return undefined;
      if (node.intervalMs <= MINUTE_MS && !isDense(node)) {
        const count = series === 'trade' ? node.trades : node.aggregates;
        return id < first(node) + count ? node : undefined;
      }
      siblings = this.childrenOf(node);
    }
  }
}

function isDense(node: BarNode): boolean {
  return node.intervalMs === MINUTE_MS && node.aggregates > DENSE_MINUTE;
}

function firstTrade(node: BarNode): number {
  return node.firstTradeId;
}

function firstAggregate(node: BarNode): number {
  return node.firstAggregateId;
}

function lastStartingAtOrBefore(
  nodes: readonly BarNode[],
  id: number,
  first: (node: BarNode) => number,
): BarNode | undefined {
  let low = 0;
  let high = nodes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (first(nodes[middle]!) <= id) low = middle + 1;
    else high = middle;
  }
  return nodes[low - 1];
}
