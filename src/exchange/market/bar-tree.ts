/**
 * Any bar of one symbol, at any level, by time or by id: walks down from the stored roots, splitting on the way.
 * Flow: root path -> here -> klines, tape.
 * Shapes: children of recently visited parents are kept in a small cache, because pages and tapes move forward.
 */
import { type BarNode, DENSE_MINUTE, levelBelow, MINUTE_MS, SECOND_MS } from './bar-node.ts';
import { splitBar } from './bar-split.ts';
import { joinBars, stretchMinutes } from './regime-splice.ts';
import type { RootPath } from './root-path.ts';

const CACHED_PARENTS = 2048;

/** Which id series a lookup counts in. */
export type IdSeries = 'trade' | 'aggregate';

export class BarTree {
  readonly path: RootPath;
  readonly #seed: number;
  readonly #streamKey: number;
  /** Children of a level by their parent's open. */
  readonly #children = new Map<number, Map<number, readonly BarNode[]>>();

  constructor(path: RootPath, seed: number, streamKey: number) {
    this.path = path;
    this.#seed = seed;
    this.#streamKey = streamKey;
  }

  childrenOf(parent: BarNode): readonly BarNode[] {
    const level = this.#levelCache(parent.intervalMs);
    const known = level.get(parent.openMs);
    if (known !== undefined) return known;
    if (level.size >= CACHED_PARENTS) level.clear();
    const minutes = parent.intervalMs > MINUTE_MS ? this.path.splicedMinutes(parent.openMs) : undefined;
    const made =
      minutes === undefined ? splitBar(this.#seed, this.#streamKey, parent) : regroup(minutes, parent);
    level.set(parent.openMs, made);
    return made;
  }

  /**
   * Changes volatility from the next minute on where the law has no closed form; where it has one, from the
   * next root bar on, so that the law told for the running bar stays true.
   */
  setRegime(volatilityScale: number, nowMs: number): void {
    const factor = volatilityScale / this.path.regimeScale;
    this.path.setRegime(volatilityScale);
    const root = this.path.roots.at(this.path.indexOf(nowMs));
    if (root === undefined || root.intervalMs === MINUTE_MS || this.path.lawAt(root.openMs) !== undefined)
      return;
    const minutes = [...this.range(root.openMs, root.openMs + root.intervalMs, MINUTE_MS)];
    const nextMinuteMs = (Math.floor(nowMs / MINUTE_MS) + 1) * MINUTE_MS;
    this.path.splice(stretchMinutes(minutes, nextMinuteMs, factor));
    this.#children.clear();
  }

  /** The bar of one level that contains the time, or undefined outside the drawn history. */
  at(timeMs: number, levelMs: number): BarNode | undefined {
    let node = this.path.roots.at(this.path.indexOf(timeMs));
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
    const column = series === 'trade' ? 'firstTradeId' : 'firstAggregateId';
    const count = series === 'trade' ? 'trades' : 'aggregates';
    let node = this.path.roots.lastAtMost(column, id);
    while (node !== undefined && (node.intervalMs > MINUTE_MS || isDense(node))) {
      node = this.childrenOf(node).findLast((child) => child[column] <= id);
    }
    return node !== undefined && id < node[column] + node[count] ? node : undefined;
  }

  #levelCache(intervalMs: number): Map<number, readonly BarNode[]> {
    const level = this.#children.get(intervalMs) ?? new Map<number, readonly BarNode[]>();
    this.#children.set(intervalMs, level);
    return level;
  }
}

function isDense(node: BarNode): boolean {
  return node.intervalMs === MINUTE_MS && node.aggregates > DENSE_MINUTE;
}

/** The children of a bar out of kept minutes. */
function regroup(minutes: readonly BarNode[], parent: BarNode): BarNode[] {
  const childMs = levelBelow(parent.intervalMs)!;
  const count = parent.intervalMs / childMs;
  return Array.from({ length: count }, (_, i) => {
    const openMs = parent.openMs + i * childMs;
    return joinBars(minutes.filter((minute) => minute.openMs >= openMs && minute.openMs < openMs + childMs));
  });
}
