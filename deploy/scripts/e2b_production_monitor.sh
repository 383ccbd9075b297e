#!/usr/bin/env bash
# Watches the training sandboxes, tells people when their state changes, and writes reports.
#
# Usage: e2b_production_monitor.sh [--once]
#   --once   one look, then exit: 0 healthy, 1 degraded, 2 unknown
#
# Settings: MONITOR_SECONDS (30) between looks, REPORT_SECONDS (3600) between reports. Ends cleanly on INT and TERM.
# Healthy means: at least two thirds of the wanted sandboxes are healthy, at most 5 % of jobs failed over an hour, and
# 95 % of them took less than 30 s.

# shellcheck source=lib/run.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/run.sh"

: "${MONITOR_SECONDS:=30}" "${REPORT_SECONDS:=3600}"
ONCE=false
case ${1:-} in
  --once) ONCE=true ;;
  --help | -h)
    usage
    exit 0
    ;;
  '') ;;
  *)
    printf 'unknown option %s\n' "$1" >&2
    exit 11
    ;;
esac

LAST=unknown

# probe NAME QUERY OP LIMIT MISSING: MISSING is the verdict when there is no such series.
probe() {
  local value verdict=$5
  value=$(prom "$2")
  if [[ $value == down ]]; then verdict=inconclusive; fi
  if is_number "$value"; then
    verdict=fail
    if compare "$value" "$3" "$4"; then verdict=pass; fi
  fi
  gate "$1" "$verdict" "$value" "$3 $4" 1 "$2"
}

look() {
  : >"$WORK/gates"
  probe sandboxes 'sum(bvar_e2b_sandboxes{state="healthy"}) / (sum(bvar_e2b_sandboxes_required) > 0)' '>=' 0.6666 inconclusive
  # No job in an hour is normal: training is scheduled.
  probe jobs 'sum(increase(bvar_e2b_jobs_total{result!="ok"}[1h])) / (sum(increase(bvar_e2b_jobs_total[1h])) > 0)' '<=' 0.05 pass
  probe job-time 'histogram_quantile(0.95, sum by (le) (rate(bvar_e2b_job_duration_seconds_bucket[1h])))' '<=' 30 pass
  probe api 'sum(increase(bvar_e2b_api_requests_total{result!="ok"}[1h])) / (sum(increase(bvar_e2b_api_requests_total[1h])) > 0)' '<=' 0.001 pass
  jq -rs 'map(.verdict) | if index("fail") then "degraded" elif index("inconclusive") then "unknown" else "healthy" end' "$WORK/gates"
}

start_log e2b-production-monitor
start_report
trap clean_up EXIT
trap 'write_report e2b-monitoring "$LAST" 0; exit 0' INT TERM

reported=0
while true; do
  now=$(look)
  if [[ $now != "$LAST" ]]; then
    timeline state "$LAST to $now"
    case $now in
      healthy) [[ $LAST == unknown ]] || notify info "E2B sandboxes recovered" "All training checks pass again." ;;
      degraded) notify critical "E2B sandboxes degraded" "$(jq -rs 'map(select(.verdict == "fail") | "\(.name): \(.value), wanted \(.threshold)") | join("; ")' "$WORK/gates")" ;;
      *) notify info "E2B sandboxes unknown" "Prometheus has no data about the sandboxes." ;;
    esac
    LAST=$now
  fi
  if [[ $ONCE == true ]]; then
    code=0
    [[ $now == healthy ]] || code=$([[ $now == degraded ]] && printf 1 || printf 2)
    write_report e2b-monitoring "$now" "$code"
    exit "$code"
  fi
  if ((reported == 0 || $(uptime_ms) - reported >= REPORT_SECONDS * 1000)); then
    reported=$(uptime_ms)
    write_report e2b-monitoring "$now" 0
  fi
  sleep "$MONITOR_SECONDS" &
  wait $!
done
