/**
 * The four methods every forecast is set beside: historical simulation over 500 bars, EWMA 0.94 normal,
 * GJR-GARCH-t by maximum likelihood and filtered historical simulation on the same fit.
 */
import type { Forecaster } from '../forecaster.ts';
import { createEwmaNormal } from './ewma-normal.ts';
import { createFilteredHistorical } from './filtered-historical.ts';
import { createGjrFilterSource } from './gjr-filter.ts';
import { createGjrStudent } from './gjr-student.ts';
import { createHistoricalSimulation } from './historical-simulation.ts';

export function createPeers(): Forecaster[] {
  const source = createGjrFilterSource();
  return [
    createHistoricalSimulation(),
    createEwmaNormal(),
    createGjrStudent(source),
    createFilteredHistorical(source),
  ];
}
