# shellcheck shell=bash
# The record of a run: facts are collected as JSON lines while it goes, and put together at its end, however it ends.

REPORT_FILE=""

start_report() {
  WORK=$(mktemp -d)
  : >"$WORK/timeline" && : >"$WORK/gates" && : >"$WORK/steps" && : >"$WORK/notifications" && : >"$WORK/body"
  printf '{}' >"$WORK/rollback"
  STARTED_MS=$(epoch_ms)
}

timeline() {
  jq -nc --arg at "$(iso_now)" --arg event "$1" --arg detail "$2" '{at: $at, event: $event, detail: $detail}' >>"$WORK/timeline"
}

# gate NAME VERDICT VALUE THRESHOLD SAMPLES QUERY
gate() {
  jq -nc --arg name "$1" --arg verdict "$2" --arg value "$3" --arg threshold "$4" --arg samples "$5" --arg query "$6" \
    '{name: $name, verdict: $verdict, value: $value, threshold: $threshold, samples: ($samples | tonumber? // 0), query: $query}' >>"$WORK/gates"
  log INFO "gate $1: $2 (value $3, wanted $4)"
}

tool_versions() {
  jq -nc --arg bash "$BASH_VERSION" --arg jq "$(jq --version)" --arg curl "$(curl --version | head -1 | cut -d' ' -f2)" \
    '{bash: $bash, jq: $jq, curl: $curl}'
}

# write_report NAME DECISION EXIT_CODE
write_report() {
  local dir
  dir=$(writable_dir "$REPORT_DIR")
  REPORT_FILE="$dir/$1-$(date -u +%Y%m%dT%H%M%SZ)-$$.json"
  jq -n --arg runId "$RUN_ID" --arg kind "$1" --arg environment "$ENVIRONMENT" --arg decision "$2" --argjson exitCode "$3" \
    --argjson startedMs "$STARTED_MS" --argjson endedMs "$(epoch_ms)" --argjson state "$STATE" --arg driver "$DRIVER" \
    --slurpfile timeline "$WORK/timeline" --slurpfile gates "$WORK/gates" --slurpfile steps "$WORK/steps" \
    --slurpfile notifications "$WORK/notifications" --slurpfile rollback "$WORK/rollback" --argjson tools "$(tool_versions)" '
    {schemaVersion: 1, runId: $runId, kind: $kind, environment: $environment, decision: $decision, exitCode: $exitCode,
     startedMs: $startedMs, endedMs: $endedMs, driver: $driver,
     colors: {old: ($state.old // ""), new: ($state.new // "")},
     images: {old: ($state.oldImage // ""), new: ($state.image // "")},
     timeline: $timeline, gates: $gates, steps: $steps,
     rollback: (if $rollback[0] == {} then null else $rollback[0] end),
     notifications: $notifications, toolVersions: $tools}' >"$REPORT_FILE"
  log INFO "report $REPORT_FILE"
}
