# shellcheck shell=bash
# Watches a colour that has traffic and names the trigger when it must lose it again:
#   error-rate   over 1 % of at least MIN_SAMPLES requests, at least MIN_BAD bad ones
#   compliance   a rule broken in two successive looks
#   health       no healthy answer for HEALTH_FAIL_SECONDS, or more than half of them unhealthy over that time
#   no-data      Prometheus silent for BLIND_SECONDS, or too few requests to judge within HOLD_SECONDS

TRIGGER=""
COMPLIANCE_STRIKES=0
LAST_HEALTHY=0
LAST_SEEN=0
HEALTH_SINCE=0
HEALTH_GOOD=0
HEALTH_ALL=0

start_judging() {
  TRIGGER="" COMPLIANCE_STRIKES=0 HEALTH_GOOD=0 HEALTH_ALL=0
  LAST_HEALTHY=$(uptime_ms)
  LAST_SEEN=$LAST_HEALTHY HEALTH_SINCE=$LAST_HEALTHY
}

blame() {
  TRIGGER=$1
  log ERROR "trigger $1: $2"
  timeline trigger "$1: $2"
}

# error_verdict COLOR WINDOW: ok, bad or unknown, by the worst of gateway, service and HTTP counters.
error_verdict() {
  local color=$1 window=$2 source bad all seen=false
  for source in gateway service http; do
    bad=$("${source}_bad" "$color" "$window")
    all=$("${source}_all" "$color" "$window")
    if ! is_number "$bad" || ! is_number "$all"; then
      [[ $bad != down && $all != down ]] || { printf 'down'; return 0; }
      continue
    fi
    printf '%s %s %s\n' "$source" "$bad" "$all" >>"$WORK/counts"
    compare "$all" '>=' "$MIN_SAMPLES" || continue
    seen=true
    if compare "$bad" '>=' "$MIN_BAD" && compare "$(ratio "$bad" "$all")" '>' "$ERROR_RATIO_MAX"; then
      printf 'bad'
      return 0
    fi
  done
  if [[ $seen == true ]]; then printf ok; else printf unknown; fi
}

judge_health() {
  local now
  now=$(uptime_ms)
  HEALTH_ALL=$((HEALTH_ALL + 1))
  if is_healthy "$1"; then
    LAST_HEALTHY=$now HEALTH_GOOD=$((HEALTH_GOOD + 1))
  fi
  now=$(uptime_ms)
  if ((now - LAST_HEALTHY >= HEALTH_FAIL_SECONDS * 1000)); then
    blame health "no healthy answer for $(((now - LAST_HEALTHY) / 1000)) s"
    return
  fi
  if ((now - HEALTH_SINCE >= HEALTH_FAIL_SECONDS * 1000)); then
    if ((HEALTH_GOOD * 2 < HEALTH_ALL)); then blame health "$HEALTH_GOOD of $HEALTH_ALL answers healthy"; fi
    HEALTH_SINCE=$now HEALTH_GOOD=0 HEALTH_ALL=0
  fi
}

judge_compliance() {
  local broken
  broken=$(broken_rules "$1")
  if is_number "$broken" && compare "$broken" '>' 0; then
    COMPLIANCE_STRIKES=$((COMPLIANCE_STRIKES + 1))
    if ((COMPLIANCE_STRIKES >= 2)); then blame compliance "broken in two successive looks: $(broken_names "$1")"; fi
  elif is_number "$broken"; then
    COMPLIANCE_STRIKES=0
  fi
}

# judge COLOR SECONDS_OF_TRAFFIC: one look. Sets TRIGGER, or leaves it empty; $WORK/error says ok, bad, unknown or down.
judge() {
  local color=$1 window=$2 verdict other
  ((window >= WINDOW)) || window=$WINDOW
  ((window <= 600)) || window=600
  : >"$WORK/counts"
  verdict=$(error_verdict "$color" "$window")
  printf '%s' "$verdict" >"$WORK/error"
  if [[ $verdict != down ]]; then LAST_SEEN=$(uptime_ms); fi
  if [[ $verdict == bad ]]; then
    other=$(error_verdict "$(other_color "$color")" "$window")
    if [[ $other == bad ]]; then
      blame shared-dependency "both colours fail: $(tr '\n' ';' <"$WORK/counts")"
    else
      blame error-rate "$(tr '\n' ';' <"$WORK/counts")"
    fi
  fi
  [[ -n $TRIGGER ]] || judge_compliance "$color"
  [[ -n $TRIGGER ]] || judge_health "$color"
  if [[ -z $TRIGGER ]] && (($(uptime_ms) - LAST_SEEN >= BLIND_SECONDS * 1000)); then
    blame no-data "Prometheus has not answered for $BLIND_SECONDS s"
  fi
  renew_lease
}

# soak COLOR SECONDS: judges for that long, and longer while there are too few requests for a verdict.
soak() {
  local color=$1 began elapsed
  began=$(uptime_ms)
  while true; do
    elapsed=$((($(uptime_ms) - began) / 1000))
    judge "$color" "$elapsed"
    [[ -z $TRIGGER ]] || return 1
    elapsed=$((($(uptime_ms) - began) / 1000))
    if ((elapsed >= $2)) && [[ $(cat "$WORK/error") == ok ]]; then return 0; fi
    if ((elapsed >= $2 + HOLD_SECONDS)); then
      blame no-data "too few requests to judge $color within $elapsed s"
      return 1
    fi
    sleep "$JUDGE_SECONDS"
  done
}
