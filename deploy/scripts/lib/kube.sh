# shellcheck shell=bash
# The only way to the cluster. Reads are retried; writes are not, and in a dry run only told.

kube() {
  "$KUBECTL" --namespace "$NAMESPACE" --request-timeout="$KUBE_TIMEOUT" "$@"
}

kube_get() {
  local attempt
  for attempt in 1 2 3; do
    if kube get "$@" --output json; then return 0; fi
    [[ $attempt == 3 ]] || sleep 1
  done
  return 1
}

kube_write() {
  if [[ $DRY_RUN == true ]]; then
    log PLAN "would: kubectl $*"
    return 0
  fi
  require_lease
  kube "$@"
}

# Objects of a manifest file as one JSON list, whichever form kubectl prints.
manifest_objects() {
  kube create --dry-run=client --validate=false --output json --filename "$MANIFEST" |
    jq --slurp '[.[] | if .kind == "List" then .items[] else . end]'
}

deployment() { kube_get deployment "$APP-$1"; }
image_of() { deployment "$1" | jq -r '.spec.template.spec.containers[0].image'; }
wanted_replicas() { deployment "$1" | jq -r '.spec.replicas // 0'; }

# Ready pods, only counted once the controller has seen the newest spec.
ready_replicas() {
  deployment "$1" | jq -r 'if (.status.observedGeneration // 0) < .metadata.generation then 0
    else [(.status.readyReplicas // 0), (.status.updatedReplicas // 0)] | min end'
}

scale() {
  log INFO "scale $1 to $2"
  kube_write scale deployment "$APP-$1" --replicas="$2" >/dev/null
}

# The autoscaler must not fight a deployment: its floor (and, in overlap, its ceiling) follows.
autoscale() {
  kube_write patch horizontalpodautoscaler "$APP-$1" --type merge \
    --patch "$(jq -nc --argjson min "$2" --argjson max "$3" '{spec: {minReplicas: $min, maxReplicas: $max}}')" >/dev/null
}

other_color() { if [[ $1 == blue ]]; then printf green; else printf blue; fi; }

# wait_ready COLOR COUNT SECONDS: all wanted pods ready and none restarting.
wait_ready() {
  local color=$1 count=$2 until ready restarts
  until=$(($(uptime_ms) + $3 * 1000))
  while true; do
    ready=$(ready_replicas "$color") || ready=0
    restarts=$(kube_get pods --selector "app=$APP,color=$color" |
      jq '[.items[].status.containerStatuses[]?.restartCount] | add // 0') || restarts=0
    if ((restarts > 2)); then
      log ERROR "$color restarts: $restarts"
      return 1
    fi
    if ((ready >= count)); then return 0; fi
    if (($(uptime_ms) >= until)); then
      log ERROR "$color has $ready of $count ready pods after $3 s"
      return 1
    fi
    renew_lease
    sleep 1
  done
}
