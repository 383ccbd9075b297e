# shellcheck shell=bash
# Requests to one colour: through the gateway by the preview header, or through a port-forward where there is none.

# Calls happen in subshells and pipelines, so what is known of a forward lives in files: $WORK/forward.COLOR.pid, .out.
stop_forward() {
  local file
  for file in "$WORK"/forward.*.pid; do
    if [[ -s $file ]]; then kill "$(cat "$file")" 2>/dev/null || true; fi
  done
}

# forward_port COLOR: the local port that leads to a pod of the colour.
forward_port() {
  local base=$WORK/forward.$1 port attempt
  if [[ ! -s $base.pid ]] || ! kill -0 "$(cat "$base.pid")" 2>/dev/null; then
    : >"$base.out"
    # The lock's descriptor stays here: a forward that outlives the script must not keep it locked.
    "$KUBECTL" --namespace "$NAMESPACE" port-forward "service/$APP-$1" :8080 >"$base.out" 2>&1 8>&- &
    printf '%s' "$!" >"$base.pid"
  fi
  for attempt in {1..50}; do
    port=$(sed -nE 's/.*127\.0\.0\.1:([0-9]+) ->.*/\1/p' "$base.out" | head -1)
    if [[ -n $port ]]; then
      printf '%s' "$port"
      return 0
    fi
    sleep 0.1
  done
  log WARN "port-forward to $1 gave no port after $attempt attempts"
  return 1
}

# call COLOR METHOD PATH [BODY]: body to stdout, "STATUS SECONDS" to $WORK/status. Credentials go by stdin: arguments
# are visible to every user of the machine.
call() {
  local color=$1 method=$2 path=$3 body=${4:-} base=$BASE_URL
  # A failed call must not show the answer of the one before.
  : >"$WORK/body"
  local -a options=(--silent --max-time "${CALL_TIMEOUT:-5}" --request "$method" --config -)
  if [[ -z $base ]]; then
    local port
    port=$(forward_port "$color") || {
      printf '000 0' >"$WORK/status"
      return 0
    }
    base="https://$APP.$NAMESPACE.svc:$port"
    options+=(--connect-to "::127.0.0.1:$port")
  fi
  [[ -z $CA_FILE ]] || options+=(--cacert "$CA_FILE")
  [[ -z $body ]] || options+=(--header 'content-type: application/json' --data "$body")
  {
    [[ -z $VALIDATION_TOKEN || ${ANONYMOUS:-false} == true ]] || printf 'header = "authorization: Bearer %s"\n' "$VALIDATION_TOKEN"
  } | curl "${options[@]}" --header "x-bvar-color: $color" --header "x-request-id: ${RUN_ID:-manual}" \
    --output "$WORK/body" --write-out '%{http_code} %{time_total}' "$base$path" >"$WORK/status" 2>/dev/null || printf '000 0' >"$WORK/status"
  if [[ -s $WORK/body ]]; then cat "$WORK/body"; fi
}

status_of() { local code; read -r code _ <"$WORK/status"; printf '%s' "$code"; }
seconds_of() { local _code seconds; read -r _code seconds <"$WORK/status"; printf '%s' "$seconds"; }

is_healthy() {
  CALL_TIMEOUT=$HEALTH_TIMEOUT call "$1" GET /health/ready >/dev/null
  [[ $(status_of) == 200 ]]
}
