# shellcheck shell=bash
# Tells people. Two channels, each with retries and a short time-out; a channel that fails is recorded and never
# changes the exit code: nobody is helped by a rollback that waits for Slack.

# notify SEVERITY TITLE TEXT: info goes to Slack, critical also opens an incident.
notify() {
  local severity=$1 title=$2 text=$3
  if [[ $DRY_RUN == true ]]; then
    log PLAN "would tell ($severity): $title"
    return 0
  fi
  log NOTIFY "$severity: $title - $text"
  slack "$severity" "$title" "$text" || true
  if [[ $severity == critical ]]; then pagerduty "$title" "$text" || true; fi
}

record_notification() {
  jq -nc --arg channel "$1" --arg status "$2" --argjson attempts "$3" --arg title "$4" \
    '{channel: $channel, status: $status, attempts: $attempts, title: $title}' >>"$WORK/notifications"
}

# post CHANNEL TITLE BODY: the curl configuration with its secrets comes on stdin.
post() {
  local channel=$1 title=$2 body=$3 config attempt
  config=$(cat)
  for attempt in 1 2 3; do
    if printf '%s\n' "$config" | curl --silent --fail --max-time 3 --config - --request POST \
      --header 'content-type: application/json' --data "$body" --output /dev/null 2>/dev/null; then
      record_notification "$channel" sent "$attempt" "$title"
      return 0
    fi
    sleep 0.3
  done
  log WARN "$channel could not be reached"
  record_notification "$channel" failed 3 "$title"
  return 1
}

slack() {
  if [[ -z $SLACK_WEBHOOK_URL ]]; then
    record_notification slack skipped 0 "$2"
    return 0
  fi
  local mark=':information_source:'
  [[ $1 == critical ]] && mark=':rotating_light:'
  printf 'url = "%s"\n' "$SLACK_WEBHOOK_URL" |
    post slack "$2" "$(jq -nc --arg channel "$SLACK_CHANNEL" --arg text "$mark *$2*
$3 (run $RUN_ID)" '{channel: $channel, text: $text}')"
}

# REST incidents, not events: the API key and the service id of the guide belong to it. The incident key makes a
# second call of the same run a duplicate that is refused, not a second page.
pagerduty() {
  if [[ -z $PAGERDUTY_API_KEY || -z $PAGERDUTY_SERVICE_ID ]]; then
    record_notification pagerduty skipped 0 "$1"
    return 0
  fi
  local body
  body=$(jq -nc --arg title "$1" --arg text "$2" --arg service "$PAGERDUTY_SERVICE_ID" --arg key "$RUN_ID" '
    {incident: {type: "incident", title: $title, incident_key: $key, urgency: "high",
     service: {id: $service, type: "service_reference"}, body: {type: "incident_body", details: $text}}}')
  printf 'url = "%s/incidents"\nheader = "Authorization: Token token=%s"\nheader = "From: %s"\nheader = "Accept: application/vnd.pagerduty+json;version=2"\n' \
    "$PAGERDUTY_URL" "$PAGERDUTY_API_KEY" "$PAGERDUTY_FROM" | post pagerduty "$1" "$body"
}
