# shellcheck shell=bash
# Questions to Prometheus. An answer is a number, "none" (no such series) or "down" (nobody answered): absence of
# data and absence of Prometheus are never read as success.

prom_body() {
  curl --silent --show-error --fail --max-time 5 --get --data-urlencode "query=$1" "$PROM_URL/api/v1/query" 2>/dev/null
}

prom() {
  local body
  body=$(prom_body "$1") || {
    printf down
    return 0
  }
  jq -r '(.data.result[0].value[1] // "none") | if . == "NaN" or . == "+Inf" then "none" else . end' <<<"$body" 2>/dev/null || printf down
}

is_number() { [[ $1 =~ ^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$ ]]; }

# compare A OP B with decimals, e.g. compare 0.02 '>' 0.01
compare() { jq -ne --argjson a "$1" --argjson b "$3" "\$a $2 \$b" >/dev/null; }

ratio() { jq -nr --argjson bad "$1" --argjson all "$2" 'if $all > 0 then $bad / $all else 0 end'; }

# Failures and requests of a colour over a window, as the gateway saw them and as the pods did.
gateway_bad() { prom "sum(increase(bvar_gateway_responses_total{color=\"$1\",code=\"5xx\"}[${2}s])) or vector(0)"; }
gateway_all() { prom "sum(increase(bvar_gateway_responses_total{color=\"$1\"}[${2}s]))"; }
service_bad() { prom "sum(increase(bvar_var_calculations_total{color=\"$1\",result!~\"ok|client\"}[${2}s])) or vector(0)"; }
service_all() { prom "sum(increase(bvar_var_calculations_total{color=\"$1\",result!=\"client\"}[${2}s]))"; }
http_bad() { prom "sum(increase(bvar_http_requests_total{color=\"$1\",code=~\"5..\"}[${2}s])) or vector(0)"; }
http_all() { prom "sum(increase(bvar_http_requests_total{color=\"$1\"}[${2}s]))"; }

broken_rules() { prom "count(min by (check) (bvar_compliance_status{color=\"$1\"}) == 0) or vector(0)"; }
broken_names() {
  prom_body "min by (check) (bvar_compliance_status{color=\"$1\"}) == 0" |
    jq -r '[.data.result[].metric.check] | sort | join(", ")' 2>/dev/null || printf unknown
}
known_rules() { prom "count(min by (check) (bvar_compliance_status{color=\"$1\"}))"; }
