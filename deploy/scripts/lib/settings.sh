# shellcheck shell=bash
# Every setting of the deployment scripts, with its default. All come from the environment.
# Units: seconds unless the name says otherwise; ratios as fractions of 1.

: "${NAMESPACE:=production}" "${APP:=bayesian-var}" "${CONTAINER:=bayesian-var}"
: "${KUBECTL:=kubectl}" "${KUBE_TIMEOUT:=10s}"
: "${SECRET_NAME:=bayesian-var-secrets-v1}" "${LEASE:=bayesian-var-deployment}"
: "${MANIFEST:=$SCRIPTS/../kubernetes/bayesian-var-deployment.yaml}"

# Where the outside world is.
: "${PROM_URL:=http://prometheus.monitoring.svc:9090}"
: "${BASE_URL:=}"                # the gateway as callers see it; empty: port-forward to the colour
: "${CA_FILE:=}"                 # authority that signed the gateway's certificate
: "${VALIDATION_TOKEN:=}"        # bearer token with scope read
: "${SLACK_WEBHOOK_URL:=}" "${PAGERDUTY_API_KEY:=}" "${PAGERDUTY_SERVICE_ID:=}"
: "${PAGERDUTY_URL:=https://api.pagerduty.com}" "${PAGERDUTY_FROM:=bayesian-var-deployer@example.com}"
: "${SLACK_CHANNEL:=#bayesian-var-alerts}"

# Where the record goes.
: "${LOG_DIR:=/var/log}" "${REPORT_DIR:=/var/reports}" "${LOCK_DIR:=/tmp}"
: "${ENVIRONMENT:=cluster}"      # "harness" where no cluster is behind it

# How traffic moves.
: "${TRAFFIC_DRIVER:=auto}"      # gateway, overlap or auto
: "${STEPS:=1,5,10,25,50,75,100}" "${SOAK_SECONDS:=60}" "${WATCH_SECONDS:=1800}"
: "${JUDGE_SECONDS:=5}" "${SETTLE_SECONDS:=15}" "${HOLD_SECONDS:=600}"
: "${READY_SECONDS:=600}" "${GATE_SECONDS:=120}"
: "${MIN_REPLICAS:=5}" "${MAX_REPLICAS:=20}"

# When it moves back.
: "${ERROR_RATIO_MAX:=0.01}" "${MIN_SAMPLES:=100}" "${MIN_BAD:=3}" "${WINDOW:=60}"
: "${HEALTH_FAIL_SECONDS:=120}" "${HEALTH_TIMEOUT:=2}" "${BLIND_SECONDS:=120}"

# What the gates demand.
: "${LATENCY_MAX:=1}" "${ACCURACY_MIN:=0.95}" "${HEALTH_LATENCY_MAX:=0.5}" "${SYNTHETIC_REQUESTS:=20}"
: "${ALLOW_INCONCLUSIVE:=}"      # gates that may be undecided, by name, separated by spaces
if [[ -z ${VAR_BODY:-} ]]; then
  VAR_BODY='{"positions":[{"symbol":"BTCUSDT","quantity":"0.5"},{"symbol":"ETHUSDT","quantity":"4"}],"confidence":[0.99],"horizon":["P1D"]}'
fi

: "${LEASE_SECONDS:=60}"
: "${DRY_RUN:=false}"
