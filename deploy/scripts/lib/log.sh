# shellcheck shell=bash
# Log lines for people (stderr) and for the record (a file in the guide's place), each with the run's id.

LOG_FILE=""

# A directory that cannot be written is replaced by one that can, loudly: a record must exist.
writable_dir() {
  local wanted=$1
  if mkdir -p "$wanted" 2>/dev/null && [[ -w $wanted ]]; then
    printf '%s' "$wanted"
    return
  fi
  local instead
  instead="${TMPDIR:-/tmp}/bayesian-var-$(id -u)"
  mkdir -p "$instead"
  printf 'WARNING: %s is not writable, using %s\n' "$wanted" "$instead" >&2
  printf '%s' "$instead"
}

start_log() {
  local dir
  dir=$(writable_dir "$LOG_DIR")
  LOG_FILE="$dir/$1.log"
}

iso_now() { date -u +%Y-%m-%dT%H:%M:%S.%3NZ; }
epoch_ms() { date +%s%3N; }

# Monotonic: a clock that is set back must not stretch a time-out.
uptime_ms() {
  local up
  read -r up _ </proc/uptime
  printf '%s' "$((${up%.*} * 1000 + 10#${up#*.} * 10))"
}

log() {
  local level=$1
  shift
  local line
  line="$(iso_now) $level run=${RUN_ID:--} $*"
  printf '%s\n' "$line" >&2
  if [[ -n $LOG_FILE ]]; then printf '%s\n' "$line" >>"$LOG_FILE"; fi
}

die() {
  local code=$1
  shift
  log ERROR "$*"
  exit "$code"
}
