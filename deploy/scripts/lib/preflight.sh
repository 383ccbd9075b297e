# shellcheck shell=bash
# Refuses a deployment that could not end well. Changes nothing. Each line of the checklist "before deployment" is here.

PREFLIGHT_FAULTS=0

check() {
  local name=$1 verdict=$2 value=$3 wanted=$4
  gate "preflight-$name" "$verdict" "$value" "$wanted" 1 preflight
  [[ $verdict == pass ]] || PREFLIGHT_FAULTS=$((PREFLIGHT_FAULTS + 1))
}

verdict_if() { if "$@"; then printf pass; else printf fail; fi; }

check_tools() {
  local tool missing=""
  for tool in "$KUBECTL" jq curl flock; do
    command -v "$tool" >/dev/null || missing+=" $tool"
  done
  check tools "$(verdict_if test -z "$missing")" "missing:${missing:- none}" 'kubectl, jq, curl, flock'
}

check_image() {
  local verdict=fail
  if [[ $1 =~ @sha256:[0-9a-f]{64}$ && ! $1 =~ @sha256:0{64}$ ]]; then verdict=pass; fi
  check image "$verdict" "$1" 'named by digest'
}

check_permissions() {
  local line missing=""
  while read -r line; do
    # shellcheck disable=SC2086 # the line is verb and resource
    [[ $(kube auth can-i $line 2>/dev/null) == yes ]] || missing+="${missing:+, }$line"
  done <<EOT
get deployments/$APP-blue
patch deployments/$APP-green
patch horizontalpodautoscalers/$APP-green
patch $([[ $DRIVER == gateway ]] && printf 'httproutes.gateway.networking.k8s.io' || printf services)/$APP
update leases.coordination.k8s.io/$LEASE
create configmaps
EOT
  check permissions "$(verdict_if test -z "$missing")" "missing: ${missing:-none}" 'role bayesian-var-deployer'
}

check_secret() {
  local faults
  faults=$(kube_get secret "$SECRET_NAME" | jq -r '
    (["DATABASE_URL", "E2B_API_TOKEN", "BINANCE_API_KEY", "BINANCE_SECRET_KEY", "ENCRYPTION_KEYS", "AUTH_TOKENS"] - (.data // {} | keys) | map("\(.) absent"))
    + [(.data // {}) | to_entries[] | select((.value | @base64d) == "" or ((.value | @base64d) | test("REPLACE_ME|your_"))) | "\(.key) is a placeholder"]
    | join(", ")') || faults="$SECRET_NAME unreadable"
  check secrets "$(verdict_if test -z "$faults")" "${faults:-all filled in}" "$SECRET_NAME without placeholders"
}

check_live() {
  local color=$1 ready
  ready=$(ready_replicas "$color") || ready=0
  check live-ready "$(verdict_if test "$ready" -ge 1)" "$color has $ready ready pods" 'at least 1'
  check live-healthy "$(verdict_if is_healthy "$color")" "$color answered $(status_of)" 200
}

check_monitoring() {
  local color=$1 samples watchdog
  samples=$(prom "count(bvar_build_info{color=\"$color\"})")
  check prometheus "$(verdict_if is_number "$samples")" "pods of $color seen: $samples" 'at least 1'
  watchdog=$(prom 'count(ALERTS{alertname="Watchdog",alertstate="firing"})')
  check alerting "$(verdict_if is_number "$watchdog")" "watchdog: $watchdog" 'rules are loaded and firing'
}

# Real data and sandboxes as the live colour sees them: what it cannot reach, the new one will not reach either.
check_integrations() {
  local color=$1 feed sandboxes
  feed=$(prom "sum(bvar_feed_connections{color=\"$color\"})")
  check binance "$(if is_number "$feed" && compare "$feed" '>' 0; then printf pass; else printf fail; fi)" "connections: $feed" '> 0'
  sandboxes=$(prom "sum(bvar_e2b_sandboxes{color=\"$color\",state=\"healthy\"})")
  check e2b "$(if is_number "$sandboxes" && compare "$sandboxes" '>' 0; then printf pass; else printf fail; fi)" "healthy sandboxes: $sandboxes" '> 0'
}

check_quota() {
  local wanted=$1 short
  short=$(kube_get resourcequota | jq -r --argjson wanted "$wanted" '
    [.items[] | select(.status.hard.pods != null)
     | select((.status.hard.pods | tonumber) - (.status.used.pods | tonumber) < $wanted) | .metadata.name] | join(", ")') || short=unreadable
  check room "$(verdict_if test -z "$short")" "quota in the way: ${short:-none}" "$wanted more pods"
}

# A rollback is possible when the old colour names an image that can be started again.
check_way_back() {
  local image
  image=$(image_of "$1") || image=unreadable
  check way-back "$(if [[ $image =~ @sha256:[0-9a-f]{64}$ ]]; then printf pass; else printf fail; fi)" "$1 runs $image" 'an image by digest'
}

# preflight IMAGE LIVE REPLICAS
preflight() {
  PREFLIGHT_FAULTS=0
  check_tools
  check_image "$1"
  check_permissions
  check_secret
  check_live "$2"
  check_monitoring "$2"
  check_integrations "$2"
  check_quota "$3"
  check_way_back "$2"
  ((PREFLIGHT_FAULTS == 0))
}
