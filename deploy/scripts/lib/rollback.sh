# shellcheck shell=bash
# The way back. Order matters: traffic first (one write), proof second, scaling last.

# roll_back OLD NEW TRIGGER: 0 when traffic is proven to be on OLD again.
roll_back() {
  local old=$1 new=$2 trigger=$3 detected restored ready want
  detected=$(epoch_ms)
  remember phase rollback trigger "$trigger" old "$old" new "$new"
  timeline rollback "$trigger"
  log WARN "rolling back to $old: $trigger"

  ready=$(ready_replicas "$old") || ready=0
  want=$(state oldReplicas)
  [[ $want =~ ^[0-9]+$ ]] && ((want >= MIN_REPLICAS)) || want=$MIN_REPLICAS
  if ((ready == 0)); then
    log WARN "$old has no ready pod: scaling it to $want before it gets traffic"
    scale "$old" "$want"
    wait_ready "$old" "$want" "$READY_SECONDS" || log WARN "$old is not complete"
    ready=$(ready_replicas "$old") || ready=0
    # One pod serves somebody; none serves nobody.
    ((ready > 0)) || return 1
  fi
  restore_weights "$old" || return 1
  restored=$(epoch_ms)
  jq -n --arg trigger "$trigger" --argjson detected "$detected" --argjson restored "$restored" \
    '{trigger: $trigger, detectedAtMs: $detected, trafficRestoredAtMs: $restored, ms: ($restored - $detected)}' >"$WORK/rollback"
  log INFO "traffic is back on $old after $((restored - detected)) ms"

  verify_rollback "$old" "$new" || return 1
  scale "$new" 0
  autoscale "$old" "$MIN_REPLICAS" "$MAX_REPLICAS"
  autoscale "$new" "$MIN_REPLICAS" "$MAX_REPLICAS"
  remember phase rolled-back
}

# Traffic on the old colour, that colour healthy, the new one without requests. Sandboxes are looked at and reported;
# they are no reason to call a rollback failed.
verify_rollback() {
  local old=$1 new=$2 attempt verdict=fail arriving=none sandboxes
  for attempt in {1..10}; do
    if [[ $(weight_of "$old") == 100 ]] && is_healthy "$old"; then
      verdict=pass
      break
    fi
    log WARN "rollback not proven yet (attempt $attempt)"
    sleep 1
  done
  if [[ $DRIVER == gateway ]]; then
    for attempt in {1..15}; do
      arriving=$(prom "sum(rate(bvar_gateway_responses_total{color=\"$new\"}[10s])) or vector(0)")
      if ! is_number "$arriving" || compare "$arriving" '<=' 0; then break; fi
      sleep 1
    done
  fi
  gate rollback-traffic "$verdict" "weight $(weight_of "$old"), requests a second still at $new: $arriving" "100 on $old, healthy" 1 'route, GET /health/ready'
  sandboxes=$(prom "sum(bvar_e2b_sandboxes{color=\"$old\",state=\"healthy\"})")
  gate rollback-sandboxes "$(if is_number "$sandboxes" && compare "$sandboxes" '>' 0; then printf pass; else printf inconclusive; fi)" \
    "$sandboxes" '> 0' 1 "bvar_e2b_sandboxes{color=\"$old\"}"
  [[ $verdict == pass ]]
}
