# shellcheck shell=bash
# Lock and memory of a deployment: one Lease object. Every write names the resourceVersion it saw, so two holders
# cannot both succeed, and the state is never newer or older than the lock.

STATE_KEY=bayesian-var.io/deployment
LEASE_HELD=false
LEASE_RENEWED=0
STATE='{}'

lease_object() { kube_get lease "$LEASE"; }

read_state() {
  lease_object | jq -c --arg key "$STATE_KEY" '(.metadata.annotations[$key] // "{}") | fromjson'
}

# lease_holder: empty when free or expired.
lease_holder() {
  lease_object | jq -r --argjson now "$(date +%s)" '
    def seconds: sub("\\.[0-9]+Z$"; "Z") | fromdate;
    if (.spec.holderIdentity // "") == "" then ""
    elif ((.spec.renewTime // "1970-01-01T00:00:00Z") | seconds) + (.spec.leaseDurationSeconds // 0) < $now then ""
    else .spec.holderIdentity end'
}

# write_lease HOLDER: replaces holder and state in one compare-and-swap.
write_lease() {
  local now
  now=$(date -u +%Y-%m-%dT%H:%M:%S.%6NZ)
  lease_object |
    jq -c --arg holder "$1" --arg now "$now" --arg key "$STATE_KEY" --argjson state "$STATE" --argjson ttl "$LEASE_SECONDS" '
      .metadata.annotations[$key] = ($state | tojson)
      | if (.spec.holderIdentity // "") != $holder then .spec.acquireTime = $now else . end
      | .spec.renewTime = $now | .spec.leaseDurationSeconds = $ttl
      | if $holder == "" then del(.spec.holderIdentity) else .spec.holderIdentity = $holder end' |
    kube replace --filename - >/dev/null
}

# A holder on this machine whose process is gone was killed: nobody is waiting for it.
holder_died() {
  local host=${1%%:*} rest=${1#*:}
  [[ $host == "$(hostname)" ]] && ! kill -0 "${rest%%:*}" 2>/dev/null
}

# acquire_lease [break]: the local flock guards this machine, the Lease guards the world.
acquire_lease() {
  [[ $DRY_RUN == true ]] && return 0
  exec 8>"$LOCK_DIR/$APP-$NAMESPACE.lock"
  flock --wait 2 8 || return 13
  local holder
  holder=$(lease_holder) || return 1
  if [[ -n $holder && ${1:-} != break ]] && ! holder_died "$holder"; then
    log ERROR "another deployment holds the lock: $holder"
    return 13
  fi
  STATE=$(read_state) || return 1
  write_lease "$HOLDER" || return 13
  LEASE_HELD=true
  LEASE_RENEWED=$(uptime_ms)
  log INFO "lock taken by $HOLDER"
}

renew_lease() {
  [[ $LEASE_HELD == true ]] || return 0
  (($(uptime_ms) - LEASE_RENEWED < LEASE_SECONDS * 1000 / 3)) && return 0
  save_state
}

# Losing the lock means that somebody else decides now: stop at once and touch nothing more.
require_lease() {
  [[ $LEASE_HELD == true ]] || die 13 "no lock: nothing is changed"
}

save_state() {
  [[ $DRY_RUN == true ]] && return 0
  local holder attempt
  for attempt in 1 2 3; do
    holder=$(lease_object | jq -r '.spec.holderIdentity // ""') || continue
    if [[ $holder != "$HOLDER" ]]; then
      LEASE_HELD=false
      die 13 "the lock was lost to ${holder:-nobody}"
    fi
    if write_lease "$HOLDER"; then
      LEASE_RENEWED=$(uptime_ms)
      return 0
    fi
  done
  log WARN "state could not be saved after $attempt attempts; going on"
}

release_lease() {
  [[ $LEASE_HELD == true ]] || return 0
  write_lease "" || log WARN "the lock could not be given back; it expires by itself"
  LEASE_HELD=false
}

# state KEY: one field of the memory; remember KEY VALUE...: changes fields and saves.
state() { jq -r --arg key "$1" '.[$key] // ""' <<<"$STATE"; }

remember() {
  while (($# > 1)); do
    STATE=$(jq -c --arg key "$1" --arg value "$2" '.[$key] = $value' <<<"$STATE")
    shift 2
  done
  STATE=$(jq -c --arg now "$(iso_now)" '.updatedAt = $now' <<<"$STATE")
  save_state
}

phase() {
  log INFO "phase $1"
  timeline "phase" "$1"
  remember phase "$1"
}
