/**
 * Books as callers hold them: mostly small and long, some hedged, a few with every symbol. Deterministic: the same
 * number gives the same book, so two runs ask the same questions.
 */
const SYMBOLS = [
  { name: 'BTCUSDT', price: 60000 },
  { name: 'ETHUSDT', price: 3000 },
  { name: 'SOLUSDT', price: 150 },
];
const CONFIDENCES = [[0.95], [0.99], [0.95, 0.99], [0.975]];
const HORIZONS = [['PT1H'], ['P1D'], ['P1D', 'P10D']];

/** A small generator of uniform numbers in [0, 1): the same seed, the same row (mulberry32). */
function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Sizes spread over four orders of magnitude, as account sizes do. */
function notional(next) {
  return 1000 * 10 ** (4 * next());
}

export function question(number) {
  const next = uniform(number);
  const count = next() < 0.5 ? 1 : next() < 0.7 ? 2 : SYMBOLS.length;
  const hedged = next() < 0.25;
  const positions = SYMBOLS.slice(0, count).map(({ name, price }, index) => {
    const sign = hedged && index % 2 === 1 ? -1 : 1;
    return { symbol: name, quantity: ((sign * notional(next)) / price).toFixed(6) };
  });
  return {
    positions,
    confidence: CONFIDENCES[Math.floor(next() * CONFIDENCES.length)],
    horizon: HORIZONS[Math.floor(next() * HORIZONS.length)],
    contributions: next() < 0.2,
  };
}
