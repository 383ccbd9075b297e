/**
 * The supervisor's traffic light. For T = 250 at 99 % the zones are those of the Basel Committee (1996):
 * green to 4, yellow 5 to 9, red from 10; elsewhere the zones begin where the probability of that many
 * exceedances or fewer, under a correct model, reaches 95 % and 99.99 %.
 */
import { binomialCumulative } from './bernoulli.ts';

export type TrafficLightZone = 'green' | 'yellow' | 'red';

export interface TrafficLight {
  readonly zone: TrafficLightZone;
  readonly exceedances: number;
  readonly forecasts: number;
  /** P(X <= exceedances) under a correct model. */
  readonly cumulativeProbability: number;
  readonly yellowFrom: number;
  readonly redFrom: number;
  /** Capital multipliers of 1996 and of the 2019 rules; only for 250 forecasts at 99 %. */
  readonly multiplier1996?: number;
  readonly multiplier2019?: number;
}

const YELLOW = 0.95;
const RED = 0.9999;
const MULTIPLIER_1996 = [3, 3, 3, 3, 3, 3.4, 3.5, 3.65, 3.75, 3.85, 4];
const MULTIPLIER_2019 = [1.5, 1.5, 1.5, 1.5, 1.5, 1.7, 1.76, 1.83, 1.88, 1.92, 2];

export function trafficLight(hits: number, forecasts: number, probability: number): TrafficLight {
  const supervisory = forecasts === 250 && probability === 0.01;
  const yellowFrom = supervisory ? 5 : firstReaching(YELLOW, forecasts, probability);
  const redFrom = supervisory ? 10 : firstReaching(RED, forecasts, probability);
  const light = {
    zone: hits >= redFrom ? 'red' : hits >= yellowFrom ? 'yellow' : 'green',
    exceedances: hits,
    forecasts,
    cumulativeProbability: binomialCumulative(hits, forecasts, probability),
    yellowFrom,
    redFrom,
  } as const;
  if (!supervisory) return light;
  const step = Math.min(hits, 10);
  return { ...light, multiplier1996: MULTIPLIER_1996[step]!, multiplier2019: MULTIPLIER_2019[step]! };
}

/** The zone of the newest 250 forecasts: what a supervisor would see today. */
export function latestTrafficLight(hits: Uint8Array, probability: number): TrafficLight | undefined {
  if (hits.length < 250) return undefined;
  let count = 0;
  for (let t = hits.length - 250; t < hits.length; t++) count += hits[t]!;
  return trafficLight(count, 250, probability);
}

function firstReaching(mass: number, forecasts: number, probability: number): number {
  let count = 0;
  while (count < forecasts && binomialCumulative(count, forecasts, probability) < mass) count++;
  return count;
}
