/**
 * The live service's own backtest: forecasts that were stored before their outcome, scored after it.
 * It keeps the newest `capacity` of them; betting wealth runs on for ever, as an anytime test must.
 * Flow: engine stores a forecast -> outcome arrives -> observe -> summary -> compliance and metrics.
 * Units: as in forecast-track.ts. State is plain arrays, so it can be stored and restored as JSON.
 */
import {
  type BetKind,
  betPayoff,
  createEProcess,
  type EProcess,
  type EProcessPath,
  placeBet,
  wealthOf,
} from './e-process.ts';
import { type ForecastTrack, tailProbability } from './forecast-track.ts';
import { type Scorecard, scorecard } from './scorecard.ts';

export interface ScoredForecast {
  readonly pit: number;
  /** The realised return. */
  readonly outcome: number;
  /** In the order of the tracker's confidences; losses are positive. */
  readonly valueAtRisk: readonly number[];
  readonly expectedShortfall: readonly number[];
}

export interface TrackerState {
  readonly confidences: number[];
  readonly capacity: number;
  /** All forecasts ever observed. */
  total: number;
  /** Ring of the newest forecasts, per forecast: pit, outcome, VaR per level, ES per level. */
  readonly ring: number[];
  /** Per level: the wealth of the VaR and ES bets since the beginning, or since they were restarted. */
  readonly bets: { varTooSmall: EProcess; esTooSmall: EProcess }[];
}

export interface TrackerSummary extends Scorecard {
  /** Forecasts ever observed; the scorecard covers the newest of them. */
  readonly total: number;
  readonly lifetime: readonly {
    confidence: number;
    varTooSmall: EProcessPath;
    esTooSmall: EProcessPath;
  }[];
}

export interface AccuracyTracker {
  readonly state: TrackerState;
  observe(forecast: ScoredForecast): void;
  /** Bets are against one forecaster: another one is bet against anew. */
  restartBets(): void;
  summary(): TrackerSummary;
}

export interface TrackerOptions {
  readonly capacity: number;
  readonly confidences?: readonly number[];
  /** A state kept from an earlier run; its confidences and capacity win. */
  readonly restore?: TrackerState;
}

export function createAccuracyTracker(options: TrackerOptions): AccuracyTracker {
  const state = options.restore ?? emptyState(options.capacity, options.confidences ?? [0.95, 0.975, 0.99]);
  return {
    state,
    observe: (forecast) => observe(state, forecast),
    restartBets: () => void state.bets.splice(0, state.bets.length, ...freshBets(state.confidences)),
    summary: () => summarise(state),
  };
}

function emptyState(capacity: number, confidences: readonly number[]): TrackerState {
  if (!(capacity >= 1)) throw new RangeError('capacity must be at least 1');
  return {
    confidences: [...confidences],
    capacity,
    total: 0,
    ring: [],
    bets: freshBets(confidences),
  };
}

function freshBets(confidences: readonly number[]): TrackerState['bets'] {
  return confidences.map(() => ({
    varTooSmall: createEProcess('var-too-small'),
    esTooSmall: createEProcess('es-too-small'),
  }));
}

function observe(state: TrackerState, forecast: ScoredForecast): void {
  const levels = state.confidences.length;
  const row = [forecast.pit, forecast.outcome, ...forecast.valueAtRisk, ...forecast.expectedShortfall];
  if (row.length !== 2 + 2 * levels) throw new RangeError(`a forecast needs VaR and ES at ${levels} levels`);
  if (!row.every(Number.isFinite)) throw new RangeError('a forecast holds a number that is not finite');
  if (!forecast.expectedShortfall.every((es, level) => es > forecast.valueAtRisk[level]!))
    throw new RangeError('expected shortfall must lie above the VaR');
  const slot = (state.total % state.capacity) * row.length;
  for (let i = 0; i < row.length; i++) state.ring[slot + i] = row[i]!;
  state.total++;
  state.confidences.forEach((confidence, level) => {
    const probability = tailProbability(confidence);
    const value = forecast.valueAtRisk[level]!;
    const es = forecast.expectedShortfall[level]!;
    const bet = (process: EProcess, kind: BetKind) =>
      placeBet(process, kind, betPayoff(kind, forecast.outcome, value, es, probability), probability);
    bet(state.bets[level]!.varTooSmall, 'var-too-small');
    bet(state.bets[level]!.esTooSmall, 'es-too-small');
  });
}

function summarise(state: TrackerState): TrackerSummary {
  const lifetime = state.confidences.map((confidence, level) => ({
    confidence,
    varTooSmall: wealthOf(state.bets[level]!.varTooSmall),
    esTooSmall: wealthOf(state.bets[level]!.esTooSmall),
  }));
  return { ...scorecard(trackOf(state)), total: state.total, lifetime };
}

function trackOf(state: TrackerState): ForecastTrack {
  const levels = state.confidences.length;
  const width = 2 + 2 * levels;
  const length = Math.min(state.total, state.capacity);
  const oldest = state.total > state.capacity ? state.total % state.capacity : 0;
  const column = (offset: number) =>
    Float64Array.from({ length }, (_, t) => state.ring[((oldest + t) % state.capacity) * width + offset]!);
  return {
    name: 'live',
    length,
    outcome: column(1),
    levels: state.confidences.map((confidence, level) => ({
      confidence,
      valueAtRisk: column(2 + level),
      expectedShortfall: column(2 + levels + level),
    })),
    pit: column(0),
    logScore: new Float64Array(0),
  };
}
