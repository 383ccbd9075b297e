#!/usr/bin/env bash
# Deploys an image to the colour without traffic, proves it, and moves traffic to it step by step.
#
# Usage: production_deployment.sh --image REPOSITORY@sha256:DIGEST [--dry-run]
#        production_deployment.sh --resume        go on with a deployment whose script died
#        production_deployment.sh --status        phase, colours, weights, holder of the lock
#   --break-lock   take the lock from a holder that is known to be dead
#   --dry-run      checks and prints the plan; changes nothing
#
# It rolls back by itself when more than 1 % of requests fail, a compliance rule breaks, or health fails for 2 minutes.
# Settings come from the environment; lib/settings.sh lists them with their defaults. IMAGE may replace --image.
# Exit codes: 0 promoted or nothing to do, 10 rolled back, 11 refused by preflight, 12 the new colour never became
# ready, 13 locked, 20 rollback failed, 30 interrupted and restored.

# shellcheck source=lib/run.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/run.sh"

MODE=deploy
BREAK=""
IMAGE=${IMAGE:-}
FINISHED=false
OLD="" NEW=""

while (($#)); do
  case $1 in
    --image)
      IMAGE=${2:-}
      shift
      ;;
    --resume) MODE=resume ;;
    --status) MODE=status ;;
    --break-lock) BREAK="break" ;;
    --dry-run) DRY_RUN=true ;;
    --help | -h)
      usage
      exit 0
      ;;
    *)
      printf 'unknown option %s\n' "$1" >&2
      exit 11
      ;;
  esac
  shift
done

finish() {
  FINISHED=true
  write_report bayesian-var-deployment "$1" "$2"
  release_lease
  exit "$2"
}

# From here on something was changed, so the only ways out are forward and back.
abandon() {
  local trigger=$1 code=$2
  trap '' INT TERM
  if roll_back "$OLD" "$NEW" "$trigger"; then
    notify critical "Deployment rolled back" "$NEW lost its traffic to $OLD: $trigger. Image $(state image)."
    finish "rolled-back" "$code"
  fi
  remember phase rollback-failed
  notify critical "ROLLBACK FAILED" "Traffic may not be on $OLD. Runbook: deploy/runbooks/deployment.md#rollbackfailed"
  finish "rollback-failed" 20
}

interrupted() {
  trap '' INT TERM ERR
  if [[ $FINISHED == true || -z $NEW || $LEASE_HELD != true ]]; then exit 30; fi
  log WARN "interrupted in phase $(state phase)"
  abandon interrupted 30
}

broken() {
  # Subshells inherit the trap; only the script itself may decide.
  if ((BASH_SUBSHELL > 0)); then exit 1; fi
  local line=$1
  trap '' INT TERM ERR
  log ERROR "unexpected failure at line $line in phase $(state phase)"
  if [[ $FINISHED == true || -z $NEW || $LEASE_HELD != true ]]; then exit 1; fi
  abandon "script-failure-line-$line" 10
}

# Settings get a name made of their content, so that no colour ever runs on settings it was not proven with.
versioned_settings() {
  local objects=$1 hash name
  hash=$(jq -cS '.[] | select(.kind == "ConfigMap" and .metadata.name == "bayesian-var-config") | .data' <<<"$objects" | sha256sum | cut -c1-10)
  name="$APP-config-$hash"
  if ! kube get configmap "$name" --output name >/dev/null 2>&1; then
    jq -c --arg name "$name" '.[] | select(.kind == "ConfigMap" and .metadata.name == "bayesian-var-config")
      | .metadata.name = $name | .immutable = true' <<<"$objects" | kube_write create --filename - >/dev/null
  fi
  printf '%s' "$name"
}

apply_new() {
  phase green-apply
  local objects config
  objects=$(manifest_objects)
  config=$(versioned_settings "$objects")
  jq -c --arg name "$APP-$NEW" --arg image "$(state image)" --arg config "$config" --arg secret "$SECRET_NAME" --arg run "$RUN_ID" '
    .[] | select(.kind == "Deployment" and .metadata.name == $name)
    | .metadata.annotations["bayesian-var.io/run"] = $run
    | .spec.template.spec.containers[0].image = $image
    | .spec.template.spec.containers[0].envFrom[0].configMapRef.name = $config
    | (.spec.template.spec.volumes[] | select(.name == "secrets").secret.secretName) = $secret' <<<"$objects" |
    kube_write apply --filename - >/dev/null
}

# Capacity before traffic: as many pods as the live colour has. In overlap every ready pod takes a share at once, so
# the new colour starts with one and grows with its steps.
ready_new() {
  phase green-ready
  local count
  count=$(state replicas)
  if [[ $DRIVER == overlap ]]; then
    count=1
    autoscale "$NEW" 1 1
  else
    autoscale "$NEW" "$count" "$MAX_REPLICAS"
  fi
  scale "$NEW" "$count"
  wait_ready "$NEW" "$count" "$READY_SECONDS" || abandon never-ready 12
}

prove_new() {
  phase gates
  pass_gates "$NEW" "$GATE_SECONDS" || abandon "gates-$(cat "$WORK/verdict")" 10
}

# The share must be seen to arrive before it is judged; a gateway that does not tell is waited for, then judged anyway.
settle() {
  local until arrived
  until=$(($(uptime_ms) + SETTLE_SECONDS * 1000))
  while (($(uptime_ms) < until)); do
    arrived=$(gateway_all "$NEW" 10)
    if [[ $DRIVER == overlap ]] || { is_number "$arrived" && compare "$arrived" '>' 0; }; then return 0; fi
    sleep 1
  done
  log WARN "no request at $NEW seen by the gateway yet"
}

shift_traffic() {
  phase steps
  local step current began
  start_judging
  current=$(weight_of "$NEW")
  for step in ${STEPS//,/ }; do
    ((step >= current)) || continue
    began=$(epoch_ms)
    if [[ $(ready_replicas "$NEW") == 0 ]]; then abandon "no-ready-pod" 10; fi
    if [[ $(weight_of "$NEW") != "$step" ]]; then
      set_weights "$NEW" "$step" || abandon "traffic-conflict" 10
    fi
    remember weight "$step"
    settle
    soak "$NEW" "$SOAK_SECONDS" || abandon "$TRIGGER" 10
    jq -nc --argjson weight "$step" --argjson ms "$(($(epoch_ms) - began))" --rawfile counts "$WORK/counts" \
      '{weight: $weight, ms: $ms, counts: ($counts | split("\n") | map(select(. != "")))}' >>"$WORK/steps"
  done
}

watch_new() {
  phase watch
  start_judging
  log INFO "watching $NEW for $WATCH_SECONDS s; $OLD stays warm"
  soak "$NEW" "$WATCH_SECONDS" || abandon "$TRIGGER" 10
}

drain_old() {
  phase drain-old
  [[ $(weight_of "$NEW") == 100 ]] || abandon "weights-changed-by-somebody" 10
  scale "$OLD" 0
  autoscale "$NEW" "$MIN_REPLICAS" "$MAX_REPLICAS"
  autoscale "$OLD" "$MIN_REPLICAS" "$MAX_REPLICAS"
}

promote_from() {
  local start=$1 name
  local -a phases=(apply_new ready_new prove_new shift_traffic watch_new drain_old)
  for name in "${phases[@]:start}"; do "$name"; done
  phase "done"
  notify info "Deployment promoted" "$NEW serves all traffic with $(state image); $OLD is parked and ready to come back."
  finish promoted 0
}

show_status() {
  choose_driver
  jq -n --argjson state "$(read_state)" --arg holder "$(lease_holder)" --arg weights "$(weights)" --arg driver "$DRIVER" \
    '{phase: ($state.phase // "never"), old: $state.old, new: $state.new, image: $state.image, trigger: $state.trigger,
      holder: $holder, driver: $driver, weights: {blue: ($weights | split(" ")[0] | tonumber), green: ($weights | split(" ")[1] | tonumber)}}'
}

unfinished() { [[ ! ${1:-done} =~ ^(done|rolled-back|)$ ]]; }

resume() {
  local at
  STATE=$(read_state)
  acquire_lease "$BREAK" || exit 13
  at=$(state phase)
  if ! unfinished "$at"; then
    log INFO "nothing to resume: last phase is ${at:-none}"
    finish nothing-to-do 0
  fi
  OLD=$(state old) NEW=$(state new) DRIVER=$(state driver)
  log INFO "resuming in phase $at: $OLD to $NEW"
  timeline resume "$at"
  case $at in
    steps) promote_from 3 ;;
    watch) promote_from 4 ;;
    drain-old) promote_from 5 ;;
    rollback | rollback-failed) abandon "$(state trigger)" 10 ;;
    *) promote_from 0 ;;
  esac
}

print_plan() {
  log PLAN "image $IMAGE goes to $NEW ($OLD is live), driver $DRIVER"
  log PLAN "$NEW gets $1 pods, then these shares of traffic: $STEPS, each judged for $SOAK_SECONDS s"
  log PLAN "then $WATCH_SECONDS s of watching, then $OLD is parked at 0"
}

deploy() {
  local replicas last
  choose_driver
  OLD=$(live_color) || {
    gate preflight-live-color fail "weights $(weights || printf unknown)" "one colour has everything" 1 route
    finish refused 11
  }
  if [[ $IMAGE == "$(image_of "$OLD")" ]]; then
    log INFO "$OLD already serves $IMAGE"
    finish nothing-to-do 0
  fi
  replicas=$(wanted_replicas "$OLD")
  ((replicas >= MIN_REPLICAS)) || replicas=$MIN_REPLICAS
  last=$(read_state | jq -r '.phase // ""')
  if unfinished "$last"; then
    gate preflight-unfinished fail "last deployment stopped in phase $last" "use --resume or zero_downtime_rollback.sh" 1 lease
    finish refused 11
  fi
  NEW=""
  preflight "$IMAGE" "$OLD" "$replicas" || finish refused 11
  NEW=$(other_color "$OLD")
  if [[ $DRY_RUN == true ]]; then
    print_plan "$replicas"
    finish planned 0
  fi
  local locked=0
  acquire_lease "$BREAK" || locked=$?
  if ((locked != 0)); then
    NEW=""
    finish locked 13
  fi
  STATE=$(jq -nc --arg run "$RUN_ID" --arg old "$OLD" --arg new "$NEW" --arg image "$IMAGE" --arg oldImage "$(image_of "$OLD")" \
    --arg replicas "$replicas" --arg driver "$DRIVER" --arg at "$(iso_now)" '{runId: $run, old: $old, new: $new, image: $image,
      oldImage: $oldImage, oldReplicas: $replicas, replicas: $replicas, driver: $driver, startedAt: $at}')
  notify info "Deployment started" "$IMAGE goes to $NEW; $OLD is live."
  promote_from 0
}

start_log bayesian-var-deployment
start_report
trap clean_up EXIT
trap interrupted INT TERM
trap 'broken $LINENO' ERR

case $MODE in
  status) show_status ;;
  resume) resume ;;
  deploy) deploy ;;
esac
