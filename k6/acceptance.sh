#!/usr/bin/env bash
# Smoke and load with k6 itself against a service that runs, thresholds included. Settings: BASE_URL, TOKEN, RATE,
# DURATION as in the scripts; K6 names the program (default: k6 on the PATH), SUMMARY_DIR keeps the figures.
# Exit codes: 0 all objectives met, 99 one missed, 3 k6 is not installed: nothing was measured.
set -Eeuo pipefail
cd "$(dirname "$0")"
: "${BASE_URL:?address of the service}" "${TOKEN:?bearer token}" "${K6:=k6}" "${SUMMARY_DIR:=.}"
if ! command -v "$K6" >/dev/null; then
  printf '\n!!! NOT VERIFIED: k6 is not installed (set K6); test/support/k6-runner plays the same files, but is not k6\n\n' >&2
  exit 3
fi
"$K6" version
for script in smoke load; do
  "$K6" run --env BASE_URL="$BASE_URL" --env TOKEN="$TOKEN" ${RATE:+--env RATE="$RATE"} ${DURATION:+--env DURATION="$DURATION"} \
    --summary-export "$SUMMARY_DIR/k6-$script.json" "$script.js"
done
