/**
 * The accuracy study: every development series, one configuration, against the four peers.
 *   node test/verify/accuracy/study.ts [--series TEXT] [--every K] [--offset J] [--max N] [--particles N]
 *     [--members] [--peers FOLDER] [--out FILE]
 * Prints a line per series and a summary; --out keeps the figures as JSON lines for report.ts;
 * --peers keeps the peers' figures in a folder and reuses them, without tests of the pool against them.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { dieboldMariano } from '#domain/backtest/diebold-mariano.ts';
import { createPeers } from '#domain/backtest/peers/peer-pool.ts';
import { sharedPath } from '../../support/shared-data.ts';
import { developmentSeries } from './development-series.ts';
import { hitFigures, type PeerFigures, type SeriesFigures, summarise, trackFigures } from './figures.ts';
import { fz0Losses, meanFz0, PROBABILITIES, walkPeers, walkPool } from './walk.ts';

const { values } = parseArgs({
  options: {
    series: { type: 'string', default: '' },
    every: { type: 'string', default: '1' },
    offset: { type: 'string', default: '0' },
    max: { type: 'string', default: '8000' },
    particles: { type: 'string', default: '256' },
    members: { type: 'boolean', default: false },
    peers: { type: 'string' },
    out: { type: 'string' },
  },
});
const root = sharedPath('data', 'market');
if (root === undefined) throw new Error('the development data lie nowhere near: set BVAR_SHARED_DIR');

function peerFigures(name: string, walk: () => PeerFigures[]): PeerFigures[] {
  if (values.peers === undefined) return walk();
  mkdirSync(values.peers, { recursive: true });
  const file = join(values.peers, `${name.replaceAll(':', '_')}-${values.max}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as PeerFigures[];
  const found = walk();
  // What compares a peer with the pool does not outlive the pool.
  writeFileSync(
    file,
    JSON.stringify(found, (key, value) => (key === 'poolAhead' ? undefined : value)),
  );
  return found;
}

const most = Number(values.max);
const chosen = developmentSeries(root)
  .filter((one) => one.name.includes(values.series))
  .filter((_, index) => index % Number(values.every) === Number(values.offset));
const all: SeriesFigures[] = [];
for (const { name, load } of chosen) {
  const series = load();
  const options = { intervalMs: series.intervalMs, particles: Number(values.particles), seed: 1 };
  const walk = walkPool(series, options, most, values.members);
  const peers = peerFigures(name, () =>
    walkPeers(series, createPeers(), most).map((track) => ({
      name: track.name,
      fz0: PROBABILITIES.map((_, level) => meanFz0(track, walk.outcome, level)),
      poolAhead: PROBABILITIES.map((_, level) => {
        const [pool, peer] = [walk.tracks[0]!, track].map((one) => fz0Losses(one, walk.outcome, level));
        return dieboldMariano(peer!, pool!).statistic;
      }),
      ...trackFigures(track, walk.outcome),
    })),
  );
  const [pool, ...members] = walk.tracks.map((track) => ({
    name: track.name,
    fz0: PROBABILITIES.map((_, level) => meanFz0(track, walk.outcome, level)),
    ...(track.name === 'pool' ? trackFigures(track, walk.outcome) : hitFigures(track, walk.outcome)),
  }));
  const figures: SeriesFigures = {
    name,
    forecasts: walk.outcome.length,
    seconds: walk.seconds,
    pool: pool!,
    members,
    weights: walk.weights,
    peers,
  };
  all.push(figures);
  if (values.out !== undefined) appendFileSync(values.out, `${JSON.stringify(figures)}\n`);
  const best = Math.min(...peers.map((peer) => peer.fz0[1]!));
  const gain = pool!.fz0[1]! - best;
  console.log(
    `${name.padEnd(52)} ${String(walk.outcome.length).padStart(5)} ${pool!.fz0[1]!.toFixed(4)} best peer ${best.toFixed(4)} ${gain.toFixed(4)} hits ${pool!.hits.map((h, k) => ((100 * h) / walk.outcome.length / PROBABILITIES[k]! / 100).toFixed(2)).join(' ')} ${walk.seconds.toFixed(1)} s`,
  );
}
console.log(summarise(all));
