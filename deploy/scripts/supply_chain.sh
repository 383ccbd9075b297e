#!/usr/bin/env bash
# Says what is in the image and whether any of it is known to be vulnerable: a CycloneDX bill of materials, a check of
# its licences and checksums, and an audit.
#
# Usage: supply_chain.sh [--offline]
#   --offline   without the audit, which is said loudly; the other checks need no network
#
# Looks at production dependencies, the ones that the image carries. Run it from anywhere in the repository.
# LICENSES names the licences that are accepted, separated by spaces.
# Exit codes: 0 nothing known, 1 a high or critical finding, 2 the audit could not be done, 3 a component without
# checksum or under a licence that is not accepted, 11 wrong call.

# shellcheck source=lib/run.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/run.sh"

: "${LICENSES:=MIT Apache-2.0 BSD-2-Clause BSD-3-Clause ISC BlueOak-1.0.0 0BSD}"
OFFLINE=false
case ${1:-} in
  --offline) OFFLINE=true ;;
  --help | -h)
    usage
    exit 0
    ;;
  '') ;;
  *)
    printf 'unknown option %s\n' "$1" >&2
    exit 11
    ;;
esac

cd "$SCRIPTS/../.." || exit 11
out=$(writable_dir "$REPORT_DIR")
sbom="$out/bayesian-var-sbom.cdx.json"
npm sbom --package-lock-only --omit dev --sbom-format cyclonedx --sbom-type application >"$sbom"
log INFO "bill of materials: $sbom, $(jq '.components | length' "$sbom") components"

# An expression is accepted when one side of an OR, or every side of an AND, is.
faults=$(jq -r --arg accepted "$LICENSES" '
  ($accepted | split(" ")) as $known
  | def accepted: gsub("[()]"; "") | split(" OR ") | any(split(" AND ") | all(. as $one | $known | index($one) != null));
  .components[] | "\(.name)@\(.version)" as $who
  | [.licenses[]? | .expression // .license.id // .license.name] as $licenses
  | (if $licenses == [] then "\($who): no licence"
     elif ($licenses | all(accepted)) then empty
     else "\($who): \($licenses | join(", "))" end),
    (if (.hashes // []) == [] then "\($who): no checksum" else empty end)' "$sbom")
if [[ -n $faults ]]; then
  log ERROR "not accepted: ${faults//$'\n'/; }"
  exit 3
fi
log INFO "licences: $(jq -r '[.components[].licenses[] | .expression // .license.id // .license.name] | group_by(.) | map("\(.[0]) \(length)") | join(", ")' "$sbom")"

if [[ $OFFLINE == true ]]; then
  log WARN "!!! NOT VERIFIED: known vulnerabilities; the audit was left out (--offline)"
  exit 0
fi

# npm exits with 1 on findings and on its own troubles; only its JSON tells them apart.
audit="$out/bayesian-var-audit.json"
npm audit --package-lock-only --omit dev --json >"$audit" 2>/dev/null || true
if ! jq -e '.metadata.vulnerabilities' "$audit" >/dev/null 2>&1; then
  log ERROR "!!! NOT VERIFIED: known vulnerabilities; the audit could not be done: $(jq -r '.message // .error.summary // "no answer"' "$audit" 2>/dev/null || printf 'no answer')"
  exit 2
fi
log INFO "audit: $(jq -c '.metadata.vulnerabilities' "$audit")"
jq -e '.metadata.vulnerabilities | (.high + .critical) == 0' "$audit" >/dev/null || exit 1
