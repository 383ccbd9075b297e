import { describe, expect, it } from 'vitest';
import {
  chiSquareCdf,
  chiSquareSurvival,
  incompleteBeta,
  lnGamma,
  normalCdf,
  normalPdf,
  normalQuantile,
  studentCdf,
  studentPdf,
  studentQuantile,
} from '#math/special-functions.ts';

const close = (value: number, expected: number, relative = 1e-12): void =>
  expect(Math.abs(value / expected - 1)).toBeLessThan(relative);

describe('special functions', () => {
  it('lnGamma gives factorials, the half-integer constant and the reflection', () => {
    close(lnGamma(0.5), 0.5 * Math.log(Math.PI));
    close(lnGamma(6), Math.log(120));
    close(lnGamma(0.1), 2.252712651734206);
    close(lnGamma(150.5), 602.5139548705853, 1e-13);
    close(lnGamma(1000.5), lnGamma(999.5) + Math.log(999.5), 1e-13);
  });

  it('the normal tail keeps relative precision far out', () => {
    close(normalCdf(-3), 0.0013498980316300946, 1e-12);
    close(normalCdf(-8), 6.220960574271785e-16, 1e-12);
    close(normalCdf(-20), 2.7536241186062337e-89, 1e-12);
    close(normalPdf(0), 0.3989422804014327);
    expect(normalCdf(0)).toBeCloseTo(0.5, 15);
  });

  it('quantiles invert their distribution functions from the far tail to the middle', () => {
    for (const p of [1e-12, 1e-6, 0.001, 0.01, 0.3, 0.49999, 0.9]) {
      close(normalCdf(normalQuantile(p)), p, 1e-11);
      for (const nu of [0.3, 1, 2.05, 2.5, 3, 4, 8, 30, 200, 5000])
        close(studentCdf(studentQuantile(p, nu), nu), p, 1e-10);
    }
    expect(normalQuantile(0)).toBe(-Infinity);
    expect(studentQuantile(1, 4)).toBe(Infinity);
  });

  it('unit-variance Student-t quantiles equal the published closed forms', () => {
    const published = [
      [3, 0.01, 2.621576],
      [3, 0.025, 1.837386],
      [4, 0.01, 2.649492],
      [5, 0.01, 2.606464],
      [5, 0.05, 1.56085],
      [8, 0.025, 1.997058],
    ] as const;
    for (const [nu, p, value] of published)
      expect(-studentQuantile(p, nu) * Math.sqrt((nu - 2) / nu)).toBeCloseTo(value, 6);
  });

  it('the Student-t density is the derivative of its distribution function', () => {
    for (const nu of [2.1, 4.5, 40])
      for (const x of [-6, -1.3, 0, 0.7]) {
        const slope = (studentCdf(x + 1e-5, nu) - studentCdf(x - 1e-5, nu)) / 2e-5;
        close(slope, studentPdf(x, nu), 1e-6);
      }
  });

  it('the incomplete beta function satisfies its symmetry and closed cases', () => {
    close(incompleteBeta(0.3, 2, 1), 0.09);
    close(incompleteBeta(0.2, 2.5, 7), 1 - incompleteBeta(0.8, 7, 2.5));
    expect(incompleteBeta(0, 2, 3)).toBe(0);
    expect(incompleteBeta(1, 2, 3)).toBe(1);
  });

  it('chi-square tails give the usual critical values', () => {
    close(chiSquareSurvival(3.841458820694124, 1), 0.05);
    close(chiSquareSurvival(9.210340371976182, 2), 0.01);
    close(chiSquareCdf(5.991464547107979, 2), 0.95);
    close(chiSquareSurvival(100, 3), 1.5541593127e-21, 1e-6);
  });
});
