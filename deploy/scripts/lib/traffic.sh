# shellcheck shell=bash
# One question and one order, whatever divides the traffic: weights, set_weights.
#   gateway  one HTTPRoute with two weighted backends
#   overlap  Services only: the share is the ratio of ready pods behind one selector

DRIVER=""

choose_driver() {
  DRIVER=$TRAFFIC_DRIVER
  [[ $DRIVER == auto ]] || return 0
  DRIVER=overlap
  local route
  route=$(kube get httproute "$APP" --output json 2>/dev/null) || return 0
  if jq -e '[.status.parents[]?.conditions[]? | select(.status == "True") | .type]
      | (index("Accepted") != null) and (index("ResolvedRefs") != null)' <<<"$route" >/dev/null; then
    DRIVER=gateway
  fi
}

# weights: "BLUE GREEN" in percent.
weights() { "weights_$DRIVER"; }

weights_gateway() {
  kube_get httproute "$APP" | jq -r --arg app "$APP" '
    [.spec.rules[] | select((.backendRefs | length) == 2)][0].backendRefs
    | map({(.name): .weight}) | add
    | "\(.[$app + "-blue"]) \(.[$app + "-green"])"'
}

weights_overlap() {
  local color
  color=$(kube_get service "$APP" | jq -r '.spec.selector.color // ""') || return 1
  case $color in
    blue) printf '100 0\n' ;;
    green) printf '0 100\n' ;;
    *)
      local blue green
      blue=$(ready_replicas blue) && green=$(ready_replicas green) || return 1
      ((blue + green > 0)) || return 1
      printf '%d %d\n' "$((100 * blue / (blue + green)))" "$((100 - 100 * blue / (blue + green)))"
      ;;
  esac
}

weight_of() {
  local both
  both=$(weights) || return 1
  if [[ $1 == blue ]]; then printf '%s' "${both% *}"; else printf '%s' "${both#* }"; fi
}

# The colour that has all the traffic; fails when none has.
live_color() {
  case $(weights) in
    '100 0') printf blue ;;
    '0 100') printf green ;;
    *) return 1 ;;
  esac
}

# set_weights COLOR PERCENT: that share to COLOR, the rest to the other one.
set_weights() {
  log INFO "traffic: $1 $2 %, $(other_color "$1") $((100 - $2)) % (driver $DRIVER)"
  timeline "weights" "$1=$2"
  "set_weights_$DRIVER" "$@"
}

# Compare-and-swap: the patch names the weights it saw, so a change in between makes it fail, not overwrite.
set_weights_gateway() {
  local patch
  patch=$(kube_get httproute "$APP" | jq -c --arg color "$APP-$1" --argjson percent "$2" '
    (.spec.rules | to_entries | map(select((.value.backendRefs | length) == 2))[0]) as $rule
    | [$rule.value.backendRefs | to_entries[]
       | "/spec/rules/\($rule.key)/backendRefs/\(.key)" as $path
       | {op: "test", path: "\($path)/name", value: .value.name},
         {op: "test", path: "\($path)/weight", value: .value.weight},
         {op: "replace", path: "\($path)/weight",
          value: (if .value.name == $color then $percent else 100 - $percent end)}]') || return 1
  kube_write patch httproute "$APP" --type json --patch "$patch" >/dev/null
}

set_weights_overlap() {
  local color=$1 percent=$2 other base count
  other=$(other_color "$color")
  case $percent in
    0) select_color "$other" ;;
    100)
      count=$(state replicas)
      autoscale "$color" "$count" "$MAX_REPLICAS"
      scale "$color" "$count"
      wait_ready "$color" "$count" "$READY_SECONDS" || return 1
      select_color "$color"
      ;;
    *)
      base=$(ready_replicas "$other") || return 1
      count=$(((base * percent + (100 - percent) / 2) / (100 - percent)))
      ((count >= 1)) || count=1
      autoscale "$color" "$count" "$count"
      scale "$color" "$count"
      wait_ready "$color" "$count" "$READY_SECONDS" || return 1
      select_color both
      ;;
  esac
}

select_color() {
  local current patch
  current=$(kube_get service "$APP" | jq -c '.spec.selector') || return 1
  patch=$(jq -nc --argjson current "$current" --arg app "$APP" --arg color "$1" '
    [{op: "test", path: "/spec/selector", value: $current},
     {op: "replace", path: "/spec/selector",
      value: (if $color == "both" then {app: $app} else {app: $app, color: $color} end)}]')
  kube_write patch service "$APP" --type json --patch "$patch" >/dev/null
}

# restore_weights COLOR: for a rollback, which must win against a writer that came in between.
restore_weights() {
  local attempt
  for attempt in 1 2 3 4 5; do
    if set_weights "$1" 100 && [[ $(weight_of "$1") == 100 ]]; then return 0; fi
    log WARN "traffic could not be moved to $1 (attempt $attempt)"
    sleep 1
  done
  return 1
}
