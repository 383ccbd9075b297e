/** Does it answer at all: a trickle for half a minute, before anything longer is started. */
import { call, OBJECTIVES, summaryOf } from './lib/service.js';

export const options = {
  scenarios: {
    smoke: {
      executor: 'constant-arrival-rate',
      rate: Number(__ENV.RATE || 2),
      timeUnit: '1s',
      duration: __ENV.DURATION || '30s',
      preAllocatedVUs: 5,
      maxVUs: 20,
    },
  },
  thresholds: OBJECTIVES,
};

export default call;

export function handleSummary(data) {
  return summaryOf('smoke', data);
}
