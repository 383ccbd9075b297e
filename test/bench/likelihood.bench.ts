/**
 * The posterior's speed: likelihood pass per particle-bar against the plain loop with one logarithm a bar,
 * a whole refit, one online update, one mixture quantile, and effective samples a second.
 * Times are processor time, the best of several passes, so that a busy machine counts less.
 */
import { createCloud, LEFT, LN_CONSTANT, MU, NU, OWN, RIGHT } from '#domain/posterior/cloud.ts';
import { blockWeights, fitModel } from '#domain/posterior/fit-model.ts';
import { createMixtureLaw } from '#domain/posterior/mixture-law.ts';
import { gjr } from '#domain/posterior/models/gjr.ts';
import { observationSeries } from '#domain/posterior/observations-from-bars.ts';
import { createAssetPosterior } from '#domain/posterior/pool-posterior.ts';
import type { StandardBars } from '#domain/posterior/standard-bars.ts';
import { drawPrior } from '#domain/posterior/student-proposal.ts';
import { createRandom } from '#math/random.ts';
import { drawStudent } from '#math/sampling.ts';
import { clusteredBars } from '../support/standard-market.ts';
import { likelihoodTwin } from './alternatives/likelihood-twin.ts';
import type { BenchRow } from './bench-row.ts';

const BARS = 2000;
const PARTICLES = 1024;
const HOUR = 3_600_000;

/** Least processor time of a run, in milliseconds. */
function best(times: number, run: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let k = 0; k < times; k++) {
    const start = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(start);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

function priorCloud() {
  const cloud = createCloud(PARTICLES);
  const theta = new Float64Array(7 * PARTICLES);
  const random = createRandom(1);
  for (let i = 0; i < PARTICLES; i++) drawPrior(gjr.prior, random, theta, i * 7);
  const restart = (): void => {
    for (let i = 0; i < PARTICLES; i++) gjr.constrain(theta, i * 7, cloud, i, Number.NaN);
  };
  restart();
  return { cloud, restart };
}

/** The recursion as one would first write it: two logarithms and a branch for every bar. */
function plainPass(cloud: ReturnType<typeof createCloud>, bars: StandardBars, out: Float64Array): void {
  const { natural, size } = cloud;
  for (let i = 0; i < size; i++) {
    const at = (slot: number): number => natural[slot * size + i]!;
    const [mu, nu, constant, right, left] = [MU, NU, LN_CONSTANT, RIGHT, LEFT].map(at) as [
      number,
      number,
      number,
      number,
      number,
    ];
    const [omega, beta, up, down] = [OWN, OWN + 1, OWN + 2, OWN + 3].map(at) as [
      number,
      number,
      number,
      number,
    ];
    let h = cloud.variance[i]!;
    let total = 0;
    for (let t = 0; t < bars.length; t++) {
      const deviation = bars.y[t]! - mu;
      const square = deviation * deviation;
      const a = (deviation < 0 ? left : right) * square;
      total += constant - 0.5 * Math.log(h) - 0.5 * (nu + 1) * Math.log1p(a / h);
      h = omega + beta * h + (deviation < 0 ? down : up) * square;
    }
    out[i] = total;
  }
}

function market(length: number) {
  const random = createRandom(8);
  let h = 1;
  return Array.from({ length }, (_, t) => {
    const y = Math.sqrt(h / 2) * drawStudent(random, 4);
    const realisedVariance = 1e-4 * h * (0.6 + 0.8 * random.uniform());
    h = 0.05 + 0.88 * h + 0.07 * y * y;
    return { openTimeMs: t * HOUR, logReturn: 0.01 * y, realisedVariance, elapsedBars: 1 };
  });
}

function row(
  name: string,
  value: number,
  unit: string,
  rival: string,
  rivalValue: number,
  bar: string,
  limit: number,
  below = true,
): BenchRow {
  const ratio = value / rivalValue;
  return { name, value, unit, rival, rivalValue, ratio, bar, met: below ? ratio <= limit : ratio >= limit };
}

export async function bench(): Promise<BenchRow[]> {
  const bars = clusteredBars(BARS, 2);
  const { cloud, restart } = priorCloud();
  const out = new Float64Array(PARTICLES);
  const weights = blockWeights(BARS, 1);
  const perBar = 1e6 / (PARTICLES * BARS);
  const fast = best(12, () => {
    restart();
    gjr.filter(cloud, 0, PARTICLES, bars, 0, BARS, weights, out);
  });
  restart();
  const twin = likelihoodTwin(cloud, bars.y.slice(0, BARS));
  if (twin === undefined)
    console.warn('SKIPPED: likelihood pass against its C twin, as there is no gcc here');
  const plain = best(3, () => plainPass(cloud, bars, out));
  const sum = out.reduce((total, one) => total + one, 0);
  if (twin !== undefined && Math.abs(twin.logLikelihood / sum - 1) > 1e-8)
    throw new Error(`the C twin finds a log likelihood of ${twin.logLikelihood}, not ${sum}`);

  const options = { intervalMs: HOUR, particles: PARTICLES, seed: 1 };
  const four = { ...options, models: ['gjr', 'realised-gjr', 'multi-scale', 'score-driven'] };
  const history = market(BARS + 600);
  const series = observationSeries(HOUR, history.slice(0, BARS));
  const posterior = createAssetPosterior(four);
  const refit = best(3, () => posterior.fit(series));
  const streamed = history.slice(BARS);
  const update =
    best(5, () => {
      for (const bar of streamed) posterior.observe(bar);
    }) / streamed.length;

  const pool = createAssetPosterior(options);
  pool.fit(series);
  let law = createMixtureLaw(pool.predictive());
  const quantile =
    best(8, () => {
      for (let k = 0; k < 10; k++) {
        law = createMixtureLaw(pool.predictive());
        law.quantile(0.01);
      }
    }) / 10;

  const effective = { ess: 0 };
  const single = best(3, () => {
    const window = { from: 0, to: BARS, startVariance: Number.NaN, discount: 1 };
    effective.ess = fitModel({ model: gjr, bars, ...window, particles: 4096, random: createRandom(3) }).ess;
  });

  return [
    row(
      'likelihood pass, GJR',
      fast * perBar,
      'ns/particle-bar',
      'plain loop, same run',
      plain * perBar,
      'ratio <= 0.25',
      0.25,
    ),
    row('likelihood pass, GJR', fast * perBar, 'ns/particle-bar', 'goal', 3, 'ratio <= 1', 1),
    ...(twin === undefined
      ? []
      : [
          row(
            'likelihood pass, GJR',
            fast * perBar,
            'ns/particle-bar',
            'C in lanes, same run',
            twin.nsPerParticleBar,
            'ratio <= 3',
            3,
          ),
        ]),
    row('refit 1024 particles x 2000 bars x 4 models', refit, 'ms', 'goal', 2000, 'ratio <= 1', 1),
    row('online update, 4 models x 1024', update, 'ms', 'goal', 0.2, 'ratio <= 1', 1),
    row('one-bar VaR from 7 x 1024 components', quantile, 'ms', 'goal', 0.5, 'ratio <= 1', 1),
    row(
      'effective samples a second, GJR, 2000 bars',
      (1000 * effective.ess) / single,
      '1/s',
      'MSGARCH, measured elsewhere',
      200,
      'ratio >= 75',
      75,
      false,
    ),
  ];
}
