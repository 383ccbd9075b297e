# shellcheck shell=bash
# What every script does first: strict mode, libraries, identity of the run.

set -Eeuo pipefail
shopt -s inherit_errexit

SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
WORK=""
RUN_ID="$(date -u +%Y%m%dT%H%M%SZ)-$$-$RANDOM"
HOLDER="$(hostname):$$:$RUN_ID"

# shellcheck source=lib/settings.sh
source "$SCRIPTS/lib/settings.sh"
# shellcheck source=lib/log.sh
source "$SCRIPTS/lib/log.sh"
# shellcheck source=lib/kube.sh
source "$SCRIPTS/lib/kube.sh"
# shellcheck source=lib/lease.sh
source "$SCRIPTS/lib/lease.sh"
# shellcheck source=lib/traffic.sh
source "$SCRIPTS/lib/traffic.sh"
# shellcheck source=lib/prometheus.sh
source "$SCRIPTS/lib/prometheus.sh"
# shellcheck source=lib/endpoint.sh
source "$SCRIPTS/lib/endpoint.sh"
# shellcheck source=lib/report.sh
source "$SCRIPTS/lib/report.sh"
# shellcheck source=lib/notify.sh
source "$SCRIPTS/lib/notify.sh"
# shellcheck source=lib/gates.sh
source "$SCRIPTS/lib/gates.sh"
# shellcheck source=lib/judge.sh
source "$SCRIPTS/lib/judge.sh"
# shellcheck source=lib/rollback.sh
source "$SCRIPTS/lib/rollback.sh"
# shellcheck source=lib/preflight.sh
source "$SCRIPTS/lib/preflight.sh"

# The comment block at the top of a script is its help.
usage() { sed -n '2,/^$/{s/^# \{0,1\}//;p}' "$0"; }

clean_up() {
  stop_forward
  if [[ -n $WORK ]]; then rm -rf "$WORK"; fi
}
