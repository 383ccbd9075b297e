# shellcheck shell=bash
# The nine checks of a colour. Each ends in a verdict: pass, fail or inconclusive. What cannot be seen is inconclusive,
# and inconclusive is not pass.

GATES=(health-endpoints real-data e2b-sandboxes model-accuracy performance error-rate security resources compliance)

# threshold_gate NAME VALUE OP LIMIT QUERY: a number from Prometheus against a limit.
threshold_gate() {
  local verdict=inconclusive
  if is_number "$2"; then
    verdict=fail
    if compare "$2" "$3" "$4"; then verdict=pass; fi
  fi
  gate "$1" "$verdict" "$2" "$3 $4" 1 "$5"
  [[ $verdict == pass ]]
}

gate_health-endpoints() {
  local path slowest=0 codes=()
  for path in /health/startup /health/live /health/ready /health; do
    call "$1" GET "$path" >/dev/null
    codes+=("$(status_of)")
    if compare "$(seconds_of)" '>' "$slowest"; then slowest=$(seconds_of); fi
  done
  local verdict=pass
  [[ ${codes[*]} == '200 200 200 200' ]] && compare "$slowest" '<' "$HEALTH_LATENCY_MAX" || verdict=fail
  gate health-endpoints "$verdict" "${codes[*]}, slowest ${slowest} s" "200 each within $HEALTH_LATENCY_MAX s" 4 'GET /health/*'
  [[ $verdict == pass ]]
}

gate_real-data() {
  local live connections verdict=inconclusive
  live=$(call "$1" GET /v1/market-data/status | jq -r '[.items[].state] | "\(map(select(. == "live")) | length)/\(length)"' 2>/dev/null) || live=unknown
  connections=$(prom "sum(bvar_feed_connections{color=\"$1\"})")
  if [[ $(status_of) == 200 && $live == */* ]] && is_number "$connections"; then
    verdict=fail
    if ((${live%/*} > 0 && ${live%/*} == ${live#*/})) && compare "$connections" '>' 0; then verdict=pass; fi
  fi
  gate real-data "$verdict" "symbols live $live, connections $connections" 'all live, connections > 0' 1 'GET /v1/market-data/status, bvar_feed_connections'
  [[ $verdict == pass ]]
}

gate_e2b-sandboxes() {
  local query="sum(bvar_e2b_sandboxes{color=\"$1\",state=\"healthy\"}) / (sum(bvar_e2b_sandboxes_required{color=\"$1\"}) > 0)"
  threshold_gate e2b-sandboxes "$(prom "$query")" '>=' 0.6666 "$query"
}

gate_model-accuracy() {
  local query="min(bvar_model_accuracy_ratio{color=\"$1\"})"
  threshold_gate model-accuracy "$(prom "$query")" '>=' "$ACCURACY_MIN" "$query"
}

# synthetic COLOR: asks for VaR as callers do; leaves failures and the slowest time in $WORK/synthetic.
synthetic() {
  local count failures=0 slowest=0
  for ((count = 0; count < SYNTHETIC_REQUESTS; count++)); do
    call "$1" POST /v1/var "$VAR_BODY" >/dev/null
    [[ $(status_of) == 200 ]] || ((failures += 1))
    if compare "$(seconds_of)" '>' "$slowest"; then slowest=$(seconds_of); fi
  done
  printf '%s %s\n' "$failures" "$slowest" >"$WORK/synthetic"
}

gate_performance() {
  local slowest verdict=fail
  synthetic "$1"
  read -r _ slowest <"$WORK/synthetic"
  if compare "$slowest" '<' "$LATENCY_MAX"; then verdict=pass; fi
  gate performance "$verdict" "slowest of $SYNTHETIC_REQUESTS: $slowest s" "P99 < $LATENCY_MAX s" "$SYNTHETIC_REQUESTS" 'POST /v1/var'
  [[ $verdict == pass ]]
}

gate_error-rate() {
  local failures verdict=fail
  [[ -s $WORK/synthetic ]] || synthetic "$1"
  read -r failures _ <"$WORK/synthetic"
  if compare "$(ratio "$failures" "$SYNTHETIC_REQUESTS")" '<' "$ERROR_RATIO_MAX"; then verdict=pass; fi
  gate error-rate "$verdict" "$failures of $SYNTHETIC_REQUESTS failed" "< $ERROR_RATIO_MAX" "$SYNTHETIC_REQUESTS" 'POST /v1/var'
  [[ $verdict == pass ]]
}

gate_security() {
  local faults verdict=pass
  faults=$(deployment "$1" | jq -r '
    .spec.template.spec as $pod | $pod.containers[0] as $c | $c.securityContext as $s
    | [ (if $s.runAsNonRoot == true and $s.runAsUser == 1000 then empty else "runs as root" end),
        (if $s.readOnlyRootFilesystem == true then empty else "root filesystem writable" end),
        (if $s.allowPrivilegeEscalation == false then empty else "may escalate" end),
        (if $s.capabilities.drop == ["ALL"] then empty else "keeps capabilities" end),
        (if ($s.seccompProfile // $pod.securityContext.seccompProfile).type == "RuntimeDefault" then empty else "no seccomp" end),
        (if ($c.image | test("@sha256:[0-9a-f]{64}$")) then empty else "image without digest" end)
      ] | join(", ")') || faults='deployment unreadable'
  ANONYMOUS=true call "$1" POST /v1/var "$VAR_BODY" >/dev/null
  [[ $(status_of) == 401 ]] || faults+="${faults:+, }anonymous caller got $(status_of)"
  [[ -z $faults ]] || verdict=fail
  gate security "$verdict" "${faults:-none}" 'no faults; 401 without token' 1 "deployment $APP-$1"
  [[ $verdict == pass ]]
}

gate_resources() {
  local faults memory verdict=pass
  faults=$(deployment "$1" | jq -r '
    # The API server writes 1000m as 1.
    def millicores: if endswith("m") then rtrimstr("m") | tonumber else (tonumber * 1000) end;
    .spec.template.spec.containers[0].resources as $r
    | [ (if ($r.requests.cpu | millicores) == 500 and ($r.limits.cpu | millicores) == 1000 then empty else "cpu" end),
        (if $r.requests.memory == "1Gi" and $r.limits.memory == "2Gi" then empty else "memory" end),
        (if $r.requests["ephemeral-storage"] == "2Gi" and $r.limits["ephemeral-storage"] == "4Gi" then empty else "storage" end)
      ] | join(", ")') || faults='deployment unreadable'
  memory=$(prom "max(process_resident_memory_bytes{color=\"$1\"})")
  if ! is_number "$memory"; then
    verdict=inconclusive
  elif ! compare "$memory" '<' 1932735283; then
    faults+="${faults:+, }memory above 90 % of its limit"
  fi
  [[ -z $faults ]] || verdict=fail
  gate resources "$verdict" "wrong: ${faults:-none}, resident $memory" 'as promised; resident < 90 % of 2Gi' 1 "deployment $APP-$1"
  [[ $verdict == pass ]]
}

gate_compliance() {
  local summary broken verdict=inconclusive
  summary=$(call "$1" GET /v1/compliance/status | jq -r '[(.rules // .items)[].verdict]
    | "\(map(select(. == "fail")) | length) failed, \(map(select(. == "unknown")) | length) unknown of \(length)"' 2>/dev/null) || summary=unreadable
  broken=$(broken_rules "$1")
  if [[ $(status_of) == 200 && $summary == *' failed'* ]] && is_number "$broken"; then
    verdict=fail
    if [[ $summary == '0 failed'* ]] && compare "$broken" '==' 0; then verdict=pass; fi
  fi
  gate compliance "$verdict" "$summary; metrics say $broken broken" '0 failed' 1 'GET /v1/compliance/status, bvar_compliance_status'
  [[ $verdict == pass ]]
}

# undecided NAME VERDICT: true when the operator has accepted that this gate cannot be decided.
accepted() { [[ $2 == inconclusive && " $ALLOW_INCONCLUSIVE " == *" $1 "* ]]; }

# run_gates COLOR: one round over all; leaves the worst verdict in $WORK/verdict.
run_gates() {
  local name verdict worst=pass
  : >"$WORK/gates"
  : >"$WORK/synthetic"
  for name in "${GATES[@]}"; do
    "gate_$name" "$1" || true
    renew_lease
  done
  while read -r name verdict; do
    if accepted "$name" "$verdict"; then continue; fi
    if [[ $verdict == fail ]]; then worst=fail; elif [[ $verdict == inconclusive && $worst == pass ]]; then worst=inconclusive; fi
  done < <(jq -r '"\(.name) \(.verdict)"' "$WORK/gates")
  printf '%s' "$worst" >"$WORK/verdict"
}

# pass_gates COLOR SECONDS: rounds until all pass; not passed in time is not passed.
pass_gates() {
  local until
  until=$(($(uptime_ms) + $2 * 1000))
  while true; do
    run_gates "$1"
    if [[ $(cat "$WORK/verdict") == pass ]]; then return 0; fi
    if (($(uptime_ms) >= until)); then return 1; fi
    log INFO "gates: $(cat "$WORK/verdict"), trying again"
    sleep 1
  done
}
