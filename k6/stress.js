/** Rises until something gives: where are the limits, and does the service refuse instead of failing there. */
import { call, OBJECTIVES, summaryOf } from './lib/service.js';

export const options = {
  scenarios: {
    stress: {
      executor: 'ramping-arrival-rate',
      startRate: 10,
      timeUnit: '1s',
      preAllocatedVUs: 100,
      maxVUs: 2000,
      stages: [
        { target: Number(__ENV.RATE || 400), duration: __ENV.DURATION || '10m' },
        { target: Number(__ENV.RATE || 400), duration: __ENV.HOLD || '2m' },
        { target: 10, duration: __ENV.HOLD || '2m' },
      ],
    },
  },
  thresholds: OBJECTIVES,
};

export default call;

export function handleSummary(data) {
  return summaryOf('stress', data);
}
