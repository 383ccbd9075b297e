/**
 * Paths of future log returns from the pool: particles are drawn by systematic resampling over the whole
 * mixture, so every path has its own parameters; each step draws a return from the particle's law, moves its
 * variance, and the season of each future bar is put back in.
 *
 * A simulated bar's realised variance is REALISED_NOISE of its squared return and the rest its own variance:
 * a range or tick estimate knows more of the variance than the squared return does.
 * Shapes: chunks of CHUNK paths share one cloud of CHUNK particles, one per path.
 */
import type { RandomStream } from '#math/random.ts';
import { exactGridIndex, gridMeanSize } from '#math/student-grid.ts';
import { lnSwellOf, scaleRatioOf, shockOf, tiltOf } from './aftershock.ts';
import { type Cloud, createCloud, MU, NU, SCALE_RATIO, SKEW, SLOTS } from './cloud.ts';
import { resample } from './importance-weights.ts';
import { isIntraday } from './intraday.ts';
import { createStandardBars, type StandardBars } from './standard-bars.ts';
import type { Standardiser } from './standardiser.ts';
import type { VolatilityModel } from './volatility-model.ts';

export interface PathSource {
  readonly models: readonly VolatilityModel[];
  readonly clouds: readonly Cloud[];
  readonly weights: readonly number[];
  readonly standardiser: Standardiser;
  readonly lastOpenTimeMs: number;
  /** Of the last bar; each step's own return makes the next one's (aftershock.ts). */
  readonly shock: number;
  readonly intervalMs: number;
}

const REALISED_NOISE = 0.4;

export function simulatePaths(
  source: PathSource,
  steps: number,
  random: RandomStream,
  out: Float64Array,
  drawScale?: Float64Array,
): void {
  out.fill(0);
  drawScale?.fill(0);
  const ancestors = new Int32Array(out.length);
  const weights = joinWeights(source);
  resample(weights, weights.length, random, ancestors);
  const { size } = source.clouds[0]!;
  let from = 0;
  for (let m = 0; m < source.models.length; m++) {
    let to = from;
    while (to < ancestors.length && ancestors[to]! < (m + 1) * size) to++;
    if (to > from) {
      const chosen = ancestors.subarray(from, to).map((ancestor) => ancestor - m * size);
      const view = drawScale?.subarray(from, to);
      simulateModel(source, m, chosen, steps, random, out.subarray(from, to), view);
    }
    from = to;
  }
  if (drawScale !== undefined)
    for (let k = 0; k < drawScale.length; k++) drawScale[k] = Math.sqrt(drawScale[k]!);
}

function joinWeights(source: PathSource): Float64Array {
  const { size } = source.clouds[0]!;
  const weights = new Float64Array(size * source.clouds.length);
  source.clouds.forEach((cloud, m) => {
    for (let i = 0; i < size; i++) weights[m * size + i] = source.weights[m]! * cloud.weight[i]!;
  });
  return weights;
}

function simulateModel(
  source: PathSource,
  m: number,
  chosen: Int32Array,
  steps: number,
  random: RandomStream,
  out: Float64Array,
  squares: Float64Array | undefined,
): void {
  const model = source.models[m]!;
  const paths = gather(source.clouds[m]!, chosen);
  const bars = createStandardBars(chosen.length);
  source.standardiser.fillAverages(bars);
  const shocks = new Float64Array(paths.size).fill(source.shock);
  const shaken = isIntraday(source.intervalMs);
  const laws = createStepLaws(paths.size);
  for (let step = 1; step <= steps; step++) {
    const unit = Math.exp(source.standardiser.lnScaleAt(source.lastOpenTimeMs + step * source.intervalMs, 1));
    tilt(paths, shocks, laws);
    draw(paths, laws, random, bars.y);
    for (let i = 0; i < paths.size; i++) {
      const h = paths.variance[i]!;
      const y = bars.y[i]!;
      out[i]! += unit * y;
      if (squares !== undefined) squares[i]! += (unit * laws.swell[i]!) ** 2 * h;
      bars.x[i] = h + REALISED_NOISE * (y * y - h);
    }
    if (step === steps) break;
    if (shaken) for (let i = 0; i < paths.size; i++) shocks[i] = shockOf(bars.y[i]!, paths.variance[i]!);
    advance(model, paths, bars, source.standardiser);
  }
}

function advance(model: VolatilityModel, paths: Cloud, bars: StandardBars, standardiser: Standardiser): void {
  standardiser.foldPaths(bars);
  for (let i = 0; i < paths.size; i++) paths.variance[i] = model.next(paths, i, bars, i);
}

function gather(cloud: Cloud, chosen: Int32Array): Cloud {
  const paths = createCloud(chosen.length);
  for (let slot = 0; slot < SLOTS; slot++)
    for (let i = 0; i < chosen.length; i++)
      paths.natural[slot * chosen.length + i] = cloud.natural[slot * cloud.size + chosen[i]!]!;
  for (let i = 0; i < chosen.length; i++) paths.variance[i] = cloud.variance[chosen[i]!]!;
  return paths;
}

/** Each path's law of its next return, as its last one has left it (aftershock.ts). */
interface StepLaws {
  readonly mode: Float64Array;
  readonly scale: Float64Array;
  readonly skew: Float64Array;
  readonly swell: Float64Array;
}

function createStepLaws(size: number): StepLaws {
  const column = (): Float64Array => new Float64Array(size);
  return { mode: column(), scale: column(), skew: column(), swell: column() };
}

/** Loops over columns: a call for every draw that hands back a number would leave it on the heap. */
function tilt({ natural, size, variance }: Cloud, shocks: Float64Array, laws: StepLaws): void {
  const { mode, scale, skew, swell } = laws;
  for (let i = 0; i < size; i++) {
    swell[i] = Math.exp(lnSwellOf(shocks[i]!));
    skew[i] = natural[SKEW * size + i]! * tiltOf(shocks[i]!);
  }
  for (let i = 0; i < size; i++) {
    const nu = natural[NU * size + i]!;
    const before = natural[SKEW * size + i]!;
    const g = skew[i]!;
    const ratio = scaleRatioOf(nu, g);
    const skewed = natural[SCALE_RATIO * size + i]! * (before - 1 / before) - ratio * (g - 1 / g);
    const deviation = Math.sqrt(variance[i]!);
    const moved = deviation * gridMeanSize[exactGridIndex(nu)]! * skewed;
    mode[i] = swell[i]! * (natural[MU * size + i]! + moved);
    scale[i] = swell[i]! * deviation * ratio;
  }
}

/** One return from each path's law; |t| by Bailey's (1994) polar method. */
function draw(
  { natural, size }: Cloud,
  { mode, scale, skew }: StepLaws,
  random: RandomStream,
  y: Float64Array,
): void {
  for (let i = 0; i < size; i++) {
    const nu = natural[NU * size + i]!;
    const g = skew[i]!;
    const radius = Math.sqrt(nu * (random.uniform() ** (-2 / nu) - 1));
    const t = Math.abs(radius * Math.cos(2 * Math.PI * random.uniform()));
    const right = random.uniform() * (1 + g * g) < g * g;
    y[i] = mode[i]! + scale[i]! * (right ? t * g : -t / g);
  }
}
