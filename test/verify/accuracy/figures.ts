/**
 * The figures of one series and the count of the accuracy bars over all of them.
 * Coverage bars: exact binomial and Christoffersen at each of three levels, adjusted by Holm, not below 1 %;
 * the dynamic quantile test likewise.
 */
import { binomialTest } from '#domain/backtest/binomial-test.ts';
import { calibrationAccuracy } from '#domain/backtest/calibration-accuracy.ts';
import { christoffersenTest } from '#domain/backtest/christoffersen-test.ts';
import { dynamicQuantileTest } from '#domain/backtest/dynamic-quantile-test.ts';
import { holmAdjust } from '#domain/backtest/holm.ts';
import { PROBABILITIES, type Track } from './walk.ts';

export interface TrackFigures {
  readonly hits: readonly number[];
  /** Exact binomial p by level, then Christoffersen's conditional p by level. */
  readonly coverage: readonly (number | null)[];
  readonly dq: readonly (number | null)[];
  readonly accuracy: number | null;
}

export interface PeerFigures extends TrackFigures {
  readonly name: string;
  readonly fz0: readonly number[];
  /** Of a peer: by how many standard errors the pool loses less (Diebold and Mariano), by level. */
  readonly poolAhead?: readonly (number | null)[];
}

export interface SeriesFigures {
  readonly name: string;
  readonly forecasts: number;
  readonly seconds: number;
  readonly pool: PeerFigures;
  readonly members: readonly PeerFigures[];
  readonly weights: readonly number[];
  readonly peers: readonly PeerFigures[];
}

function hitPaths(track: Track, outcome: Float64Array): Uint8Array[] {
  return track.valueAtRisk.map((column) => Uint8Array.from(outcome, (r, t) => (-r > column[t]! ? 1 : 0)));
}

/** Hits alone, for tracks that are not tested. */
export function hitFigures(track: Track, outcome: Float64Array): TrackFigures {
  const hits = hitPaths(track, outcome).map((path) => path.reduce((sum, hit) => sum + hit, 0));
  return { hits, coverage: [], dq: [], accuracy: null };
}

export function trackFigures(track: Track, outcome: Float64Array): TrackFigures {
  const paths = hitPaths(track, outcome);
  const { hits } = hitFigures(track, outcome);
  const binomial = hits.map((count, k) => binomialTest(count, outcome.length, PROBABILITIES[k]!).pValue);
  const conditional = paths.map((path, k) => christoffersenTest(path, PROBABILITIES[k]!).conditional.pValue);
  return {
    hits,
    coverage: [...binomial, ...conditional],
    dq: paths.map((path, k) => dynamicQuantileTest(path, track.valueAtRisk[k]!, PROBABILITIES[k]!).pValue),
    accuracy: calibrationAccuracy(track.pit)?.accuracy ?? null,
  };
}

const REJECTED = 0.01;
const share = (flags: readonly boolean[]): string => {
  const met = flags.filter(Boolean).length;
  return `${met}/${flags.length} (${((100 * met) / Math.max(flags.length, 1)).toFixed(1)} %)`;
};
const kept = (pValues: readonly (number | null)[]): boolean =>
  holmAdjust(pValues).every((p) => p === null || p >= REJECTED);

/** Standard errors of a difference that chance exceeds on one side five times in a hundred. */
const CLEAR = 1.645;

function clearly(all: readonly SeriesFigures[], label: string, level: number): string[] {
  const found = all.map(({ peers }) => {
    const best = peers.reduce((least, peer) => (peer.fz0[level]! < least.fz0[level]! ? peer : least));
    return best.poolAhead?.[level];
  });
  if (found.includes(undefined)) return [];
  const ahead = found.filter((by) => typeof by === 'number');
  return [
    `FZ0 at ${label}: ahead of the best peer by ${CLEAR} standard errors on ${ahead.filter((by) => by > CLEAR).length}, behind it by as many on ${ahead.filter((by) => by < -CLEAR).length}, most ${Math.max(...ahead.map((by) => -by)).toFixed(2)}`,
  ];
}

export function summarise(all: readonly SeriesFigures[]): string {
  const mean = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0) / list.length;
  const bestPeer = (one: SeriesFigures, level: number): number =>
    Math.min(...one.peers.map((peer) => peer.fz0[level]!));
  const gains = (level: number): number[] => all.map((one) => one.pool.fz0[level]! - bestPeer(one, level));
  const lines = ['1 %', '2.5 %'].map((label, level) => {
    const gain = gains(level);
    return `FZ0 at ${label}: below the best peer on ${share(gain.map((g) => g < 0))}, mean difference ${mean(gain).toFixed(4)}`;
  });
  lines.push(...['1 %', '2.5 %'].flatMap((label, level) => clearly(all, label, level)));
  const withMembers = all.filter((one) => one.members.length > 0);
  for (const level of [0, 1]) {
    const behind = withMembers.map(
      (one) => one.pool.fz0[level]! - Math.min(...one.members.map((member) => member.fz0[level]!)),
    );
    if (behind.length > 0)
      lines.push(
        `averaged against its best member at ${level === 0 ? '1' : '2.5'} %: within 0.01 on ${share(behind.map((b) => b <= 0.01))}, worst ${Math.max(...behind).toFixed(4)}`,
      );
  }
  lines.push(`coverage not rejected at 1 % after Holm: ${share(all.map((one) => kept(one.pool.coverage)))}`);
  lines.push(
    `dynamic quantile not rejected at 1 % after Holm: ${share(all.map((one) => kept(one.pool.dq)))}`,
  );
  for (const [p, { name }] of (all[0]?.peers ?? []).entries()) {
    const of = all.map(({ peers }) => peers[p]!);
    lines.push(
      `peer ${name}: coverage not rejected on ${share(of.map((peer) => kept(peer.coverage)))}, dynamic quantile on ${share(of.map((peer) => kept(peer.dq)))}`,
    );
  }
  const long = all.filter((one) => one.forecasts >= 1000 && one.pool.accuracy !== null);
  lines.push(`calibration accuracy at least 97: ${share(long.map((one) => one.pool.accuracy! >= 97))}`);
  for (const [m, member] of (withMembers[0]?.members ?? []).entries()) {
    const alone = withMembers.map((one) => one.members[m]!.fz0[1]! - bestPeer(one, 1));
    lines.push(
      `member ${member.name}: mean difference to the best peer at 2.5 % ${mean(alone).toFixed(4)}, mean weight ${mean(withMembers.map((one) => one.weights[m]!)).toFixed(3)}`,
    );
  }
  return lines.join('\n');
}
