/** The scripts' settings in the cluster test: the guide's minutes as seconds, two pods a colour instead of five. */
export const SETTINGS = {
  STEPS: '1,10,50,100',
  SOAK_SECONDS: '4',
  WATCH_SECONDS: '5',
  JUDGE_SECONDS: '0.5',
  SETTLE_SECONDS: '8',
  HOLD_SECONDS: '120',
  READY_SECONDS: '180',
  GATE_SECONDS: '90',
  MIN_REPLICAS: '2',
  MAX_REPLICAS: '3',
  MIN_SAMPLES: '10',
  WINDOW: '10',
  HEALTH_FAIL_SECONDS: '10',
  BLIND_SECONDS: '15',
  SYNTHETIC_REQUESTS: '5',
  ENVIRONMENT: 'cluster',
  // A cluster of one minute has no judged forecasts; the guide lets it be accepted by name.
  ALLOW_INCONCLUSIVE: 'model-accuracy',
  PAGERDUTY_API_KEY: 'api-key',
  PAGERDUTY_SERVICE_ID: 'PSERVICE',
} as const;
