import { describe, expect, it } from 'vitest';
import { imageOf, viewImage } from '#memory/model-image.ts';
import { attachScoreHistory, SCORE_ROWS, scoreHistoryBytes } from '#memory/score-history.ts';

const INTERVAL_MS = 60_000;
const history = () => attachScoreHistory(new SharedArrayBuffer(scoreHistoryBytes(2)), 2, INTERVAL_MS);

describe('a model image', () => {
  it('carries the scores of one symbol into another history, bar for bar', () => {
    const times = Array.from({ length: SCORE_ROWS + 50 }, (_, at) => (at + 1) * INTERVAL_MS);
    const image = viewImage(
      imageOf(
        new Float64Array([1, 2, 3]),
        INTERVAL_MS,
        times,
        times.map((_, at) => at / 100),
      ),
    );
    expect([...image.state]).toEqual([1, 2, 3]);
    const there = history();
    there.write(1, times.at(-1)!, 9);
    there.copyIn(1, image.scoreTimes, image.scores);
    const out = new Float64Array(SCORE_ROWS * 2);
    expect(there.read(times.at(-1)!, out)).toBe(SCORE_ROWS);
    expect(out[2 * (SCORE_ROWS - 1) + 1]).toBe((times.length - 1) / 100);
    expect(out[1]).toBe((times.length - SCORE_ROWS) / 100);
  });

  it('taken from a history leaves out what came after the published bar', () => {
    const here = history();
    for (let bar = 1; bar <= 5; bar++) here.write(0, bar * INTERVAL_MS, bar);
    const times = new Float64Array(SCORE_ROWS);
    const scores = new Float64Array(SCORE_ROWS);
    here.copyOut(0, 3 * INTERVAL_MS, times, scores);
    expect([...times].filter((time) => time > 0)).toEqual([1, 2, 3].map((bar) => bar * INTERVAL_MS));
    expect([...scores].filter(Number.isFinite)).toEqual([1, 2, 3]);
  });
});
