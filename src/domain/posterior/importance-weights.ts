/**
 * Log weights to weights: normalisation, effective sample size, tempering, systematic resampling, and the
 * Pareto shape of the largest weights (Zhang and Stephens 2009; Vehtari et al. 2024), which tells whether
 * an importance sample may be trusted (below 0.7).
 */
import type { RandomStream } from '#math/random.ts';

/** Normalises exp(lnWeight) into `weight`; returns ln of the mean weight (-Infinity where all vanish). */
export function normalise(lnWeight: Float64Array, weight: Float64Array, count: number): number {
  let top = -Infinity;
  for (let i = 0; i < count; i++) if (lnWeight[i]! > top) top = lnWeight[i]!;
  if (!(top > -Infinity && top < Infinity)) return -Infinity;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const w = lnWeight[i]! > -Infinity ? Math.exp(lnWeight[i]! - top) : 0;
    weight[i] = w;
    sum += w;
  }
  for (let i = 0; i < count; i++) weight[i]! /= sum;
  return top + Math.log(sum / count);
}

export function effectiveSize(weight: Float64Array, count: number): number {
  let squares = 0;
  for (let i = 0; i < count; i++) squares += weight[i]! * weight[i]!;
  return squares > 0 ? 1 / squares : 0;
}

/**
 * The largest temperature in (0, 1] at which the weights base + temperature * likelihood keep the wanted
 * effective size; fills `weight` for it.
 */
export function temper(
  base: Float64Array,
  likelihood: Float64Array,
  wanted: number,
  lnWeight: Float64Array,
  weight: Float64Array,
): number {
  const count = base.length;
  const sizeAt = (temperature: number): number => {
    for (let i = 0; i < count; i++)
      lnWeight[i] = likelihood[i]! > -Infinity ? base[i]! + temperature * likelihood[i]! : -Infinity;
    return normalise(lnWeight, weight, count) > -Infinity ? effectiveSize(weight, count) : 0;
  };
  if (sizeAt(1) >= wanted) return 1;
  let low = -18;
  let high = 0;
  for (let step = 0; step < 30; step++) {
    const middle = 0.5 * (low + high);
    if (sizeAt(Math.exp(middle)) >= wanted) low = middle;
    else high = middle;
  }
  const temperature = Math.exp(low);
  sizeAt(temperature);
  return temperature;
}

/** Systematic resampling: ancestors[i] for `out.length` equally weighted offspring, in rising order. */
export function resample(weight: Float64Array, count: number, random: RandomStream, out: Int32Array): void {
  const slots = out.length;
  const offset = random.uniform();
  let cumulative = weight[0]!;
  let ancestor = 0;
  for (let slot = 0; slot < slots; slot++) {
    const target = (slot + offset) / slots;
    while (target > cumulative && ancestor < count - 1) cumulative += weight[++ancestor]!;
    out[slot] = ancestor;
  }
}

/** Shape of the generalised Pareto law fitted to the largest weights; above 0.7 the sample is unreliable. */
export function paretoShape(weight: Float64Array, count: number): number {
  const tail = Math.min(Math.floor(count / 5), Math.ceil(3 * Math.sqrt(count)));
  if (tail < 5) return Number.POSITIVE_INFINITY;
  const sorted = weight.slice(0, count).sort();
  const threshold = sorted[count - tail - 1]!;
  const excess = sorted.subarray(count - tail).map((w) => w - threshold);
  if (!(excess[tail - 1]! > 0)) return 0;
  return generalisedParetoShape(excess);
}

/** Zhang and Stephens' profile-likelihood average over candidate scales, with the weak prior of PSIS. */
function generalisedParetoShape(excess: Float64Array): number {
  const n = excess.length;
  const candidates = 30 + Math.floor(Math.sqrt(n));
  const quartile = Math.max(excess[Math.floor(n / 4 + 0.5) - 1]!, 1e-300);
  const largest = excess[n - 1]!;
  const theta = new Float64Array(candidates);
  const profile = new Float64Array(candidates);
  for (let j = 0; j < candidates; j++) {
    theta[j] = 1 / largest + (1 - Math.sqrt(candidates / (j + 0.5))) / (3 * quartile);
    const shape = meanLog(excess, theta[j]!);
    profile[j] = n * (Math.log(-theta[j]! / shape) - shape - 1);
  }
  let mean = 0;
  for (let j = 0; j < candidates; j++) {
    let odds = 0;
    for (let l = 0; l < candidates; l++) odds += Math.exp(profile[l]! - profile[j]!);
    mean += theta[j]! / odds;
  }
  const shape = meanLog(excess, mean);
  return (n * shape + 5) / (n + 10);
}

function meanLog(excess: Float64Array, theta: number): number {
  let sum = 0;
  for (const x of excess) sum += Math.log1p(-theta * x);
  return sum / excess.length;
}
