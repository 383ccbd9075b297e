/**
 * Anytime-valid monitoring of VaR and ES by betting (Wang, Wang and Ziegel 2022). Each forecast offers a
 * bet of expected value at most 1 under a correct forecast; wealth W_t = W_{t-1} (1 - b + b E_t) above 20
 * is evidence at 5 % whenever one looks.
 *   VaR too small:  E = 1{L > VaR} / a
 *   ES too small:   E = (L - VaR)^+ / (a (ES - VaR))
 *   VaR too large:  E = 1{L <= VaR} / (1 - a)
 * The stake b is mixed over a fixed grid, which keeps the mean an e-process and needs no tuning. There is
 * no mirrored bet for ES: the excess of a correct forecast is unbounded, so no stake is safe.
 */
export type BetKind = 'var-too-small' | 'es-too-small' | 'var-too-large';

export interface EProcess {
  /** One log wealth per stake of the grid. */
  readonly logWealth: number[];
  /** Largest log of the mixed wealth so far. */
  peak: number;
}

/** Stakes in units of the tail probability for rare-event bets, in plain units for the mirrored one. */
const RARE_STAKES = [0.25, 0.5, 1, 2];
const MIRRORED_STAKES = [0.1, 0.25, 0.5];

export function createEProcess(kind: BetKind): EProcess {
  return { logWealth: stakesOf(kind, 1).map(() => 0), peak: 0 };
}

/** Places one bet; `probability` is the tail probability a. */
export function placeBet(process: EProcess, kind: BetKind, payoff: number, probability: number): void {
  const stakes = stakesOf(kind, probability);
  for (let i = 0; i < stakes.length; i++) process.logWealth[i]! += Math.log1p(stakes[i]! * (payoff - 1));
  process.peak = Math.max(process.peak, logMean(process.logWealth));
}

/** What the bet of this kind pays per unit staked; at least 0. */
export function betPayoff(
  kind: BetKind,
  outcome: number,
  valueAtRisk: number,
  expectedShortfall: number,
  probability: number,
): number {
  const excess = -outcome - valueAtRisk;
  if (kind === 'var-too-large') return excess > 0 ? 0 : 1 / (1 - probability);
  if (!(excess > 0)) return 0;
  if (kind === 'var-too-small') return 1 / probability;
  const spread = expectedShortfall - valueAtRisk;
  if (!(spread > 0)) throw new RangeError('expected shortfall must lie above the VaR');
  return excess / (probability * spread);
}

export interface EProcessPath {
  /** Final and largest mixed wealth; capped at the largest double. */
  readonly wealth: number;
  readonly peak: number;
}

export function runEProcess(
  kind: BetKind,
  outcome: Float64Array,
  valueAtRisk: Float64Array,
  expectedShortfall: Float64Array,
  probability: number,
): EProcessPath {
  const process = createEProcess(kind);
  for (let t = 0; t < outcome.length; t++) {
    const payoff = betPayoff(kind, outcome[t]!, valueAtRisk[t]!, expectedShortfall[t]!, probability);
    placeBet(process, kind, payoff, probability);
  }
  return wealthOf(process);
}

export function wealthOf(process: EProcess): EProcessPath {
  return { wealth: bounded(logMean(process.logWealth)), peak: bounded(process.peak) };
}

function bounded(log: number): number {
  return Math.min(Math.exp(log), Number.MAX_VALUE);
}

function stakesOf(kind: BetKind, probability: number): readonly number[] {
  return kind === 'var-too-large'
    ? MIRRORED_STAKES
    : RARE_STAKES.map((stake) => Math.min(0.5, stake * probability));
}

function logMean(logs: readonly number[]): number {
  const top = Math.max(...logs);
  let sum = 0;
  for (const log of logs) sum += Math.exp(log - top);
  return top + Math.log(sum / logs.length);
}
