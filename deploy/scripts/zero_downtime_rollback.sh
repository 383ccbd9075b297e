#!/usr/bin/env bash
# Takes traffic back to the previous colour, proves it, and parks the other one.
#
# Usage: zero_downtime_rollback.sh [--to blue|green] [--reason TEXT] [--break-lock] [--dry-run]
#   --to           the colour to go back to; default: the one that was live before the last deployment
#   --break-lock   take the lock from a holder that is known to be dead
#   --dry-run      says what would be done; changes nothing
#
# While the previous colour is warm this is one write; when it is parked it is scaled and proven ready first.
# Exit codes: 10 rolled back, 0 traffic is already there, 11 refused, 13 locked, 20 rollback failed.

# shellcheck source=lib/run.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/run.sh"

TARGET="" REASON=manual BREAK=""
while (($#)); do
  case $1 in
    --to)
      TARGET=${2:-}
      shift
      ;;
    --reason)
      REASON=${2:-}
      shift
      ;;
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
  write_report bayesian-var-rollback "$1" "$2"
  release_lease
  exit "$2"
}

failed() {
  if ((BASH_SUBSHELL > 0)); then exit 1; fi
  trap '' INT TERM ERR
  log ERROR "rollback failed: $1"
  if [[ $LEASE_HELD == true ]]; then
    remember phase rollback-failed
    notify critical "ROLLBACK FAILED" "Traffic may not be on $TARGET: $1. Runbook: deploy/runbooks/deployment.md#rollbackfailed"
  fi
  finish rollback-failed 20
}

start_log bayesian-var-rollback
start_report
trap clean_up EXIT
trap 'failed "interrupted"' INT TERM
trap 'failed "line $LINENO"' ERR

choose_driver
STATE=$(read_state)
if [[ -z $TARGET ]]; then TARGET=$(state old); fi
if [[ $TARGET != blue && $TARGET != green ]]; then
  log ERROR "no previous colour is recorded: name one with --to"
  finish refused 11
fi
OTHER=$(other_color "$TARGET")

if [[ ! $(image_of "$TARGET") =~ @sha256:[0-9a-f]{64}$ || $(image_of "$TARGET") =~ @sha256:0{64}$ ]]; then
  log ERROR "$TARGET has no image to run: $(image_of "$TARGET")"
  finish refused 11
fi
if [[ $(weight_of "$TARGET") == 100 && $(state phase) =~ ^(rolled-back|)$ ]]; then
  log INFO "all traffic is on $TARGET already"
  finish nothing-to-do 0
fi
if [[ $DRY_RUN == true ]]; then
  log PLAN "would move all traffic from $OTHER to $TARGET ($(ready_replicas "$TARGET") ready pods), then park $OTHER"
  finish planned 0
fi

acquire_lease "$BREAK" || finish locked 13
STATE=$(jq -c --arg run "$RUN_ID" '.rollbackRunId = $run' <<<"$STATE")
roll_back "$TARGET" "$OTHER" "$REASON" || failed "$REASON"
notify critical "Rolled back to $TARGET" "Reason: $REASON. $OTHER is parked."
finish rolled-back 10
