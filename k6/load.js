/** A busy hour in ten minutes: the rate that the service must carry within its objectives. */
import { call, OBJECTIVES, summaryOf } from './lib/service.js';

export const options = {
  scenarios: {
    load: {
      executor: 'constant-arrival-rate',
      rate: Number(__ENV.RATE || 80),
      timeUnit: '1s',
      duration: __ENV.DURATION || '10m',
      preAllocatedVUs: 50,
      maxVUs: 400,
    },
  },
  thresholds: OBJECTIVES,
};

export default call;

export function handleSummary(data) {
  return summaryOf('load', data);
}
