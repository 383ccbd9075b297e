/** Half load for hours: leaks, slow growth, certificate and connection renewal. */
import { call, OBJECTIVES, summaryOf } from './lib/service.js';

export const options = {
  scenarios: {
    soak: {
      executor: 'constant-arrival-rate',
      rate: Number(__ENV.RATE || 40),
      timeUnit: '1s',
      duration: __ENV.DURATION || '4h',
      preAllocatedVUs: 30,
      maxVUs: 200,
    },
  },
  thresholds: OBJECTIVES,
};

export default call;

export function handleSummary(data) {
  return summaryOf('soak', data);
}
