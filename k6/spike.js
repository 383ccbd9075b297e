/** A market crash: everybody asks at once, then goes away again. */
import { call, OBJECTIVES, summaryOf } from './lib/service.js';

export const options = {
  scenarios: {
    spike: {
      executor: 'ramping-arrival-rate',
      startRate: 20,
      timeUnit: '1s',
      preAllocatedVUs: 200,
      maxVUs: 2000,
      stages: [
        { target: 20, duration: __ENV.CALM || '30s' },
        { target: Number(__ENV.RATE || 300), duration: __ENV.RISE || '5s' },
        { target: Number(__ENV.RATE || 300), duration: __ENV.DURATION || '1m' },
        { target: 20, duration: __ENV.RISE || '5s' },
        { target: 20, duration: __ENV.CALM || '30s' },
      ],
    },
  },
  thresholds: OBJECTIVES,
};

export default call;

export function handleSummary(data) {
  return summaryOf('spike', data);
}
