/**
 * The service's own record of what it forecast and what came: every live one-step forecast is kept, durably,
 * before its outcome is known, and scored once after it.
 * Flow: valuation cycle -> issue -> store; bar closes -> settle -> store, accuracy tracker -> compliance,
 *       metrics, retraining.
 * Units: VaR and ES in log return (losses positive); times in epoch milliseconds.
 */

import { LEAST_ACCURACY } from '#domain/backtest/accuracy-gate.ts';
import { type AccuracyTracker, createAccuracyTracker } from '#domain/backtest/accuracy-tracker.ts';
import { calibrationAccuracy, FEWEST_FORECASTS } from '#domain/backtest/calibration-accuracy.ts';
import { wealthOf } from '#domain/backtest/e-process.ts';
import type { Scorecard } from '#domain/backtest/scorecard.ts';
import type { ModelAccuracy } from '#domain/compliance/accuracy-evidence.ts';
import type { ForecastRow, Forecasts } from '#store/ports/forecasts.ts';
import { lawOf, pitOf } from './forecast-law.ts';
import { type Scorer, scoreInThread } from './forecast-scorer.ts';

export interface IssuedForecast {
  readonly symbol: string;
  readonly intervalMs: number;
  /** Open time of the bar that is forecast. */
  readonly openTimeMs: number;
  readonly modelVersion: string;
  readonly provenance: string;
  /** At the ledger's confidences. */
  readonly var: readonly number[];
  readonly es: readonly number[];
  /** Fine quantile row of the one-step marginal table. */
  readonly logReturn: Float64Array;
}

export interface ClosedBar {
  readonly symbol: string;
  readonly intervalMs: number;
  readonly openTimeMs: number;
  readonly logReturn: number;
  /** More than one after a gap: the return is not the one that was forecast. */
  readonly elapsedBars: number;
}

export interface ForecastLedgerOptions {
  readonly forecasts: Forecasts;
  readonly modelId: (symbol: string, intervalMs: number) => string;
  readonly confidences?: readonly number[];
  /** Scored forecasts per model behind the accuracy figure. */
  readonly capacity?: number;
  readonly now?: () => number;
  /** A write that neither database nor spool took. The forecast then does not count. */
  readonly onLost: (count: number, error: Error) => void;
  /** The full tests take long, so they run elsewhere; a thread of their own where absent. */
  readonly scorer?: Scorer;
  /** A model's forecasts stopped being good enough; once until they are again. */
  readonly onAlarm?: (alarm: StandingAlarm) => void;
}

export interface StandingAlarm {
  readonly modelId: string;
  readonly kind: 'accuracy' | 'alarm';
  readonly reason: string;
}

export const LEDGER_CONFIDENCES = [0.95, 0.975, 0.99] as const;
const ALARM_WEALTH = 20;

/** New forecasts of a model after which its full tests are due again. */
const RESCORE_AFTER = 20;

interface Model {
  readonly tracker: AccuracyTracker;
  scorecard: Scorecard | undefined;
  scoredTotal: number;
  lastScoredMs: number;
  alarm: StandingAlarm | undefined;
}

export class ForecastLedger {
  readonly #options: Required<Omit<ForecastLedgerOptions, 'onAlarm'>> &
    Pick<ForecastLedgerOptions, 'onAlarm'>;
  readonly #open = new Map<string, ForecastRow>();
  readonly #models = new Map<string, Model>();
  readonly #championSinceMs = new Map<string, number>();

  constructor(options: ForecastLedgerOptions) {
    this.#options = {
      confidences: LEDGER_CONFIDENCES,
      capacity: 2_500,
      now: Date.now,
      scorer: scoreInThread,
      ...options,
    };
  }

  /**
   * Takes up the record of an earlier run: the newest scored forecasts and those still open. Starts over from
   * the store, which by then holds what was scored here in the meantime. All is read before anything changes.
   */
  async restore(models: readonly { readonly symbol: string; readonly intervalMs: number }[]): Promise<void> {
    const { forecasts, capacity } = this.#options;
    const records = [];
    for (const { symbol, intervalMs } of models)
      records.push({
        scored: await forecasts.scored({ symbol, intervalMs, limit: capacity }),
        open: await forecasts.open({ symbol, intervalMs, limit: 100 }),
      });
    this.#models.clear();
    for (const { scored, open } of records) {
      for (const row of scored)
        if (this.#sameLevels(row)) this.#observe(row, row.logReturn, row.pit, row.scoredMs);
      for (const row of open) if (this.#sameLevels(row)) this.#open.set(key(row), row);
    }
  }

  /**
   * A champion was put in force at this time. The bets were against the one before; the accuracy figure is of
   * the service whoever forecasts, and goes on. Told again of the same champion, nothing changes.
   */
  championSince(modelId: string, sinceMs: number): void {
    if ((this.#championSinceMs.get(modelId) ?? 0) >= sinceMs) return;
    this.#championSinceMs.set(modelId, sinceMs);
    this.#models.get(modelId)?.tracker.restartBets();
  }

  /** What is wrong now, for as long as it is. */
  alarms(): readonly StandingAlarm[] {
    return [...this.#models.values()].flatMap(({ alarm }) => alarm ?? []);
  }

  /** Resolves when the forecasts are durable; only then may their outcomes count. */
  async issue(issued: readonly IssuedForecast[]): Promise<void> {
    const { forecasts, confidences, now, onLost } = this.#options;
    const rows = issued.map(
      ({ logReturn, ...forecast }): ForecastRow => ({
        ...forecast,
        issuedMs: now(),
        confidences,
        law: lawOf(logReturn),
      }),
    );
    try {
      await forecasts.issue(rows);
      for (const row of rows) if (!this.#open.has(key(row))) this.#open.set(key(row), row);
    } catch (error) {
      onLost(rows.length, error as Error);
    }
  }

  /** Scores the forecasts of bars that closed. Bars without a forecast, or after a gap, score nothing. */
  async settle(bars: readonly ClosedBar[]): Promise<void> {
    const { forecasts, now, onLost } = this.#options;
    const scored = bars.flatMap((bar) => {
      const forecast = this.#open.get(key(bar));
      this.#forget(bar);
      if (forecast === undefined || bar.elapsedBars !== 1 || !Number.isFinite(bar.logReturn)) return [];
      const { symbol, intervalMs, openTimeMs, logReturn } = bar;
      const pit = pitOf(forecast.law, logReturn);
      return [{ forecast, outcome: { symbol, intervalMs, openTimeMs, scoredMs: now(), logReturn, pit } }];
    });
    try {
      await forecasts.score(scored.map(({ outcome }) => outcome));
    } catch (error) {
      onLost(scored.length, error as Error);
      return;
    }
    for (const { forecast, outcome } of scored) {
      const modelId = this.#observe(forecast, outcome.logReturn, outcome.pit, outcome.scoredMs);
      this.#judge(modelId);
    }
  }

  /** Accuracy per model: figure and wealth of now, tests as of the last `rescore`. */
  accuracy(): readonly ModelAccuracy[] {
    return [...this.#models].map(([modelId, model]) => figures(modelId, model));
  }

  /** Runs the full tests of every model that has news enough; the figures of `accuracy` need none of it. */
  async rescore(): Promise<void> {
    const due = [...this.#models.values()].filter(
      ({ tracker: { state }, scoredTotal }) =>
        state.total >= FEWEST_FORECASTS && state.total - scoredTotal >= RESCORE_AFTER,
    );
    if (due.length === 0) return;
    const totals = due.map(({ tracker }) => tracker.state.total);
    const scorecards = await this.#options.scorer(due.map(({ tracker }) => tracker.state));
    due.forEach((model, index) => {
      model.scorecard = scorecards[index];
      model.scoredTotal = totals[index] as number;
    });
  }

  /** When a forecast was last scored; 0 before the first. */
  lastScoredMs(): number {
    return [...this.#models.values()].reduce((last, model) => Math.max(last, model.lastScoredMs), 0);
  }

  #sameLevels(row: ForecastRow): boolean {
    return row.confidences.join() === this.#options.confidences.join();
  }

  #observe(row: ForecastRow, logReturn: number, pit: number, scoredMs: number): string {
    const { modelId, capacity, confidences } = this.#options;
    const id = modelId(row.symbol, row.intervalMs);
    let model = this.#models.get(id);
    if (model === undefined) {
      const tracker = createAccuracyTracker({ capacity, confidences });
      model = { tracker, scorecard: undefined, scoredTotal: 0, lastScoredMs: 0, alarm: undefined };
      this.#models.set(id, model);
    }
    model.tracker.observe({
      pit,
      outcome: logReturn,
      valueAtRisk: row.var,
      expectedShortfall: row.es,
    });
    if (row.issuedMs < (this.#championSinceMs.get(id) ?? 0)) model.tracker.restartBets();
    model.lastScoredMs = Math.max(model.lastScoredMs, scoredMs);
    return id;
  }

  #judge(modelId: string): void {
    const { onAlarm } = this.#options;
    const model = this.#models.get(modelId) as Model;
    const { varWealth, esWealth, calibration } = figures(modelId, model);
    // The mean of e-values is one itself, so six bets raise no more false alarms than one: at most 5 %.
    const bets = [...varWealth, ...esWealth];
    const wealth = bets.reduce((sum, each) => sum + each, 0) / bets.length;
    const accuracy = calibration?.accuracy ?? 100;
    const before = model.alarm;
    if (wealth >= ALARM_WEALTH)
      model.alarm = { modelId, kind: 'alarm', reason: `betting wealth ${wealth.toPrecision(3)}` };
    else if (accuracy < LEAST_ACCURACY)
      model.alarm = { modelId, kind: 'accuracy', reason: `accuracy ${accuracy.toFixed(2)}` };
    else model.alarm = undefined;
    if (model.alarm !== undefined && before === undefined) onAlarm?.(model.alarm);
  }

  /** This bar's forecast, and any older one of the same model whose bar never came. */
  #forget(bar: ClosedBar): void {
    for (const [name, row] of this.#open)
      if (row.symbol === bar.symbol && row.intervalMs === bar.intervalMs && row.openTimeMs <= bar.openTimeMs)
        this.#open.delete(name);
  }
}

function figures(modelId: string, { tracker: { state }, scorecard }: Model): ModelAccuracy {
  const forecasts = Math.min(state.total, state.capacity);
  const width = 2 + 2 * state.confidences.length;
  const calibration = calibrationAccuracy(
    Float64Array.from({ length: forecasts }, (_, slot) => state.ring[slot * width] as number),
  );
  return {
    modelId,
    forecasts,
    varWealth: state.bets.map(({ varTooSmall }) => wealthOf(varTooSmall).wealth),
    esWealth: state.bets.map(({ esTooSmall }) => wealthOf(esTooSmall).wealth),
    ...(calibration && { calibration }),
    ...(scorecard && { scorecard }),
  };
}

function key(of: {
  readonly symbol: string;
  readonly intervalMs: number;
  readonly openTimeMs: number;
}): string {
  return `${of.symbol}:${of.intervalMs}:${of.openTimeMs}`;
}
