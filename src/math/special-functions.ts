/**
 * Densities, distribution functions and quantiles of the laws the engine uses, in double precision.
 *
 * Sources: lnGamma by Lanczos' series with g = 7 (Godfrey's nine coefficients); normalCdf by Hart's (1968)
 * rational form 5666, past 4 by Laplace's continued fraction; normalQuantile by Wichura's AS 241 (1988); incomplete beta and gamma by series and
 * Lentz's continued fractions; Student-t quantile by Hill's (1970) expansion polished with Newton steps.
 */
const LN_SQRT_2PI = 0.9189385332046728;
const LANCZOS = [
  0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406,
  12.507343278686905, -0.13857109526572012, 0.000009984369578019572, 1.5056327351493116e-7,
] as const;

/** Natural logarithm of the gamma function for x > 0. */
export function lnGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lnGamma(1 - x);
  if (x > 1e3) {
    const inverse = 1 / x;
    const square = inverse * inverse;
    const tail = inverse * (1 / 12 - square * (1 / 360 - square / 1260));
    return (x - 0.5) * Math.log(x) - x + LN_SQRT_2PI + tail;
  }
  const shifted = x - 1;
  let sum: number = LANCZOS[0];
  for (let term = 1; term < 9; term++) sum += LANCZOS[term]! / (shifted + term);
  const base = shifted + 7.5;
  return LN_SQRT_2PI + (shifted + 0.5) * Math.log(base) - base + Math.log(sum);
}

export function normalPdf(x: number): number {
  return Math.exp(-0.5 * x * x - LN_SQRT_2PI);
}

function polynomial(x: number, coefficients: readonly number[]): number {
  let value = 0;
  for (const coefficient of coefficients) value = value * x + coefficient;
  return value;
}

const HART_TOP = [
  3.52624965998911e-2, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871,
  221.213596169931, 220.206867912376,
];
const HART_BOTTOM = [
  8.83883476483184e-2, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674,
  637.333633378831, 793.826512519948, 440.413735824752,
];

export function normalCdf(x: number): number {
  const size = Math.abs(x);
  if (size > 38.5) return x > 0 ? 1 : 0;
  const decay = Math.exp(-0.5 * size * size);
  let tail: number;
  if (size < 4) tail = (decay * polynomial(size, HART_TOP)) / polynomial(size, HART_BOTTOM);
  else {
    let fraction = size;
    for (let term = 60; term >= 1; term--) fraction = size + term / fraction;
    tail = decay / (fraction * 2.5066282746310007);
  }
  return x > 0 ? 1 - tail : tail;
}

const CENTRE_TOP = [
  2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946,
  1971.5909503065513, 133.14166789178438, 3.3871328727963665,
];
const CENTRE_BOTTOM = [
  5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751,
  687.1870074920579, 42.31333070160091, 1,
];
const MIDDLE_TOP = [
  0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
  5.769497221460691, 4.630337846156546, 1.4234371107496835,
];
const MIDDLE_BOTTOM = [
  1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
  1.6763848301838038, 2.053191626637759, 1,
];
const FAR_TOP = [
  2.0103343992922881e-7, 0.000027115555687434876, 0.0012426609473880784, 0.026532189526576124,
  0.29656057182850487, 1.7848265399172913, 5.463784911164114, 6.657904643501103,
];
const FAR_BOTTOM = [
  2.0442631033899397e-15, 1.421511758316446e-7, 0.000018463183175100548, 0.0007868691311456133,
  0.014875361290850615, 0.1369298809227358, 0.599832206555888, 1,
];

export function normalQuantile(p: number): number {
  const centred = p - 0.5;
  if (Math.abs(centred) <= 0.425) {
    const r = 0.180625 - centred * centred;
    return (centred * polynomial(r, CENTRE_TOP)) / polynomial(r, CENTRE_BOTTOM);
  }
  const tail = centred < 0 ? p : 1 - p;
  if (!(tail > 0)) return p <= 0 ? -Infinity : p >= 1 ? Infinity : Number.NaN;
  const r = Math.sqrt(-Math.log(tail));
  const size =
    r <= 5
      ? polynomial(r - 1.6, MIDDLE_TOP) / polynomial(r - 1.6, MIDDLE_BOTTOM)
      : polynomial(r - 5, FAR_TOP) / polynomial(r - 5, FAR_BOTTOM);
  return centred < 0 ? -size : size;
}

const TINY = 1e-300;

function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / Math.max(Math.abs(1 - ((a + b) * x) / (a + 1)), TINY);
  let value = d;
  for (let m = 1; m <= 5000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d || TINY);
    c = 1 + even / c || TINY;
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d || TINY);
    c = 1 + odd / c || TINY;
    value *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return value;
}

/** Regularised incomplete beta function I_x(a, b). */
export function incompleteBeta(x: number, a: number, b: number): number {
  return betaFromBoth(x, 1 - x, a, b);
}

/** The same with the complement given, so that nothing cancels where x is near 1. */
function betaFromBoth(x: number, complement: number, a: number, b: number): number {
  if (!(x > 0)) return Number.isNaN(x) ? Number.NaN : 0;
  if (!(complement > 0)) return 1;
  const lnFront = lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log(complement);
  const front = Math.exp(lnFront);
  if (x < (a + 1) / (a + b + 2)) return (front * betaFraction(x, a, b)) / a;
  return 1 - (front * betaFraction(complement, b, a)) / b;
}

/** Density of the standard Student-t law (scale 1, not unit variance). */
export function studentPdf(x: number, nu: number): number {
  if (nu > 1e7) return normalPdf(x);
  const lnConstant = lnGamma(0.5 * (nu + 1)) - lnGamma(0.5 * nu) - 0.5 * Math.log(Math.PI * nu);
  return Math.exp(lnConstant - 0.5 * (nu + 1) * Math.log1p((x * x) / nu));
}

export function studentCdf(x: number, nu: number): number {
  if (nu > 1e7) return normalCdf(x);
  const square = x * x;
  if (square === Infinity) return x > 0 ? 1 : 0;
  const tail = 0.5 * betaFromBoth(nu / (nu + square), square / (nu + square), 0.5 * nu, 0.5);
  return x > 0 ? 1 - tail : tail;
}

export function studentQuantile(p: number, nu: number): number {
  if (!(p > 0 && p < 1)) return p === 0 ? -Infinity : p === 1 ? Infinity : Number.NaN;
  if (p > 0.5) return -studentQuantile(1 - p, nu);
  if (p === 0.5) return 0;
  if (nu > 1e7) return normalQuantile(p);
  const z = normalQuantile(p);
  const lnTail =
    lnGamma(0.5 * (nu + 1)) - lnGamma(0.5 * nu) - 0.5 * Math.log(Math.PI * nu) - Math.log(p * nu);
  const power = -Math.sqrt(nu) * Math.exp((lnTail + 0.5 * Math.log(nu)) / nu);
  const expansion = z + (z * (z * z + 1)) / (4 * nu);
  let x = nu < 4 ? Math.min(power, expansion) : expansion;
  for (let step = 0; step < 60; step++) {
    const cdf = studentCdf(x, nu);
    // Newton on the logarithm of the tail: nearly linear in ln|x|, so it converges from far out.
    const move = (Math.log(cdf / p) * cdf) / studentPdf(x, nu);
    const next = x - move;
    const guarded = next >= 0 ? 0.5 * x : Math.max(next, 4 * x - 4);
    if (Math.abs(guarded - x) <= 4e-16 * Math.abs(x)) return guarded;
    x = guarded;
  }
  return x;
}

function gammaSeries(x: number, a: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < 10000 && term > sum * 1e-17; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum * Math.exp(a * Math.log(x) - x - lnGamma(a));
}

function gammaFraction(x: number, a: number): number {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < 10000; n++) {
    const numerator = -n * (n - a);
    b += 2;
    d = 1 / (numerator * d + b || TINY);
    c = b + numerator / c || TINY;
    value *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return value * Math.exp(a * Math.log(x) - x - lnGamma(a));
}

export function chiSquareCdf(x: number, k: number): number {
  if (!(x > 0)) return Number.isNaN(x) ? Number.NaN : 0;
  return x < k + 2 ? gammaSeries(0.5 * x, 0.5 * k) : 1 - gammaFraction(0.5 * x, 0.5 * k);
}

/** Upper tail of the chi-square law: the p-value of a likelihood-ratio statistic x with k degrees. */
export function chiSquareSurvival(x: number, k: number): number {
  if (!(x > 0)) return Number.isNaN(x) ? Number.NaN : 1;
  return x < k + 2 ? 1 - gammaSeries(0.5 * x, 0.5 * k) : gammaFraction(0.5 * x, 0.5 * k);
}
