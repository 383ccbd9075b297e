#!/usr/bin/env bash
# Runs the nine post-deployment checks against a colour and writes a report. Changes nothing.
#
# Usage: deployment_validation.sh [--color blue|green]
#   --color   the colour to check; default: the one with all the traffic
#
# Checks: health endpoints, real data, E2B sandboxes, model accuracy, performance, error rate, security, resources,
# compliance. A check that cannot be decided is inconclusive, not passed.
# Exit codes: 0 all passed, 1 something failed, 2 something is inconclusive, 11 wrong call.

# shellcheck source=lib/run.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/run.sh"

COLOR=""
while (($#)); do
  case $1 in
    --color)
      COLOR=${2:-}
      shift
      ;;
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

start_log deployment-validation
start_report
trap clean_up EXIT

choose_driver
if [[ -z $COLOR ]]; then COLOR=$(live_color) || die 11 "no colour has all the traffic: name one with --color"; fi
[[ $COLOR == blue || $COLOR == green ]] || die 11 "no such colour: $COLOR"
STATE=$(jq -nc --arg color "$COLOR" --arg image "$(image_of "$COLOR")" '{new: $color, image: $image}')

run_gates "$COLOR"
case $(cat "$WORK/verdict") in
  pass) code=0 ;;
  fail) code=1 ;;
  *) code=2 ;;
esac
write_report deployment-validation "$(cat "$WORK/verdict")" "$code"
exit "$code"
