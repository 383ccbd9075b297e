/**
 * The bars an engine must clear over all series, and the facts that decide each one.
 *   1. losses: FZ0 at 97.5 % and 99 % below the best peer on 90 % of the series, and at 97.5 % lower by 0.025
 *      on average; never worse than the best member by more than 0.01 nor than a reference by more than 0.005
 *   2. coverage: exact binomial and conditional coverage not rejected at 1 % after Holm over the levels on
 *      90 % of the series; DQ likewise on 80 %
 *   3. calibration accuracy of at least 97 wherever there are 1000 forecasts
 */
import { holmAdjust } from '#domain/backtest/holm.ts';
import { REFERENCE_SCORES } from './reference-scores.ts';
import type { SeriesStudy, StudyForecaster } from './series-study.ts';

export const PEERS = ['hist', 'ewma', 'mle', 'fhs'];
const SCORED_LEVELS = [0.975, 0.99];

export interface Bar {
  readonly bar: number;
  readonly name: string;
  readonly actual: string;
  readonly target: string;
  readonly met: boolean;
  /** Series on the wrong side. */
  readonly missed: readonly string[];
}

export function judgeBars(studies: readonly SeriesStudy[]): Bar[] {
  return [
    ...SCORED_LEVELS.map((confidence) => winsBar(studies, confidence)),
    gainBar(studies),
    ...memberBar(studies),
    referenceBar(studies),
    passBar(studies, 'binomial', 0.9),
    passBar(studies, 'conditional', 0.9),
    passBar(studies, 'dq', 0.8),
    calibrationBar(studies),
  ];
}

export function fz0At(forecaster: StudyForecaster, confidence: number): number {
  return forecaster.levels.find((level) => level.confidence === confidence)!.fz0;
}

export function named(study: SeriesStudy, name: string): StudyForecaster {
  return study.forecasters.find((forecaster) => forecaster.name === name)!;
}

/** The pool's FZ0 less that of the best of the named forecasters. */
export function againstBest(study: SeriesStudy, names: readonly string[], confidence: number): number {
  const best = Math.min(...names.map((name) => fz0At(named(study, name), confidence)));
  return fz0At(study.forecasters[0]!, confidence) - best;
}

function shareBar(bar: number, name: string, missed: string[], total: number, least: number): Bar {
  const good = total - missed.length;
  return {
    bar,
    name,
    actual: `${good} of ${total} (${((100 * good) / Math.max(1, total)).toFixed(0)} %)`,
    target: `${100 * least} %`,
    met: total > 0 && good >= least * total,
    missed,
  };
}

function winsBar(studies: readonly SeriesStudy[], confidence: number): Bar {
  const missed = studies.filter((study) => againstBest(study, PEERS, confidence) >= 0);
  return shareBar(1, `FZ0 at ${confidence} below the best peer`, namesOf(missed), studies.length, 0.9);
}

function gainBar(studies: readonly SeriesStudy[]): Bar {
  const gains = studies.map((study) => -againstBest(study, PEERS, 0.975));
  const mean = gains.reduce((sum, gain) => sum + gain, 0) / Math.max(1, gains.length);
  return {
    bar: 1,
    name: 'mean gain in FZ0 at 0.975 over the best peer',
    actual: mean.toFixed(4),
    target: '0.025',
    met: mean >= 0.025,
    missed: [],
  };
}

function memberBar(studies: readonly SeriesStudy[]): Bar[] {
  const withMembers = studies.filter(({ members }) => members.length > 0);
  if (withMembers.length === 0) return [];
  return SCORED_LEVELS.map((confidence) => {
    const gaps = withMembers.map((study) => againstBest(study, study.members, confidence));
    return {
      bar: 1,
      name: `largest gap in FZ0 at ${confidence} to the best member`,
      actual: Math.max(...gaps).toFixed(4),
      target: 'at most 0.01',
      met: gaps.every((gap) => gap <= 0.01),
      missed: namesOf(withMembers.filter((_, index) => gaps[index]! > 0.01)),
    };
  });
}

function referenceBar(studies: readonly SeriesStudy[]): Bar {
  const gaps = studies.flatMap((study) => {
    const reference = REFERENCE_SCORES[study.name];
    if (reference?.forecasts !== study.forecasts) return [];
    return (['0.975', '0.99'] as const).map((level) => ({
      name: `${study.name} at ${level}`,
      gap: fz0At(study.forecasters[0]!, Number(level)) - reference.fz0[level],
    }));
  });
  const worst = gaps.length === 0 ? undefined : Math.max(...gaps.map(({ gap }) => gap));
  return {
    bar: 1,
    name: `largest gap in FZ0 to the reference scores (${gaps.length} comparable)`,
    actual: worst?.toFixed(4) ?? 'none comparable',
    target: 'at most 0.005',
    met: worst !== undefined && worst <= 0.005,
    missed: gaps.filter(({ gap }) => gap > 0.005).map(({ name }) => name),
  };
}

function passBar(
  studies: readonly SeriesStudy[],
  test: 'binomial' | 'conditional' | 'dq',
  least: number,
): Bar {
  const missed = studies.filter(({ forecasters }) =>
    holmAdjust(forecasters[0]!.levels.map((level) => level[test])).some((p) => p !== null && p < 0.01),
  );
  return shareBar(2, `${test} not rejected at 1 % after Holm`, namesOf(missed), studies.length, least);
}

function calibrationBar(studies: readonly SeriesStudy[]): Bar {
  const long = studies.filter(({ forecasts }) => forecasts >= 1000);
  const missed = long.filter(({ forecasters }) => (forecasters[0]!.accuracy ?? 0) < 97);
  return shareBar(3, 'calibration accuracy of at least 97', namesOf(missed), long.length, 1);
}

function namesOf(studies: readonly SeriesStudy[]): string[] {
  return studies.map(({ name }) => name);
}
