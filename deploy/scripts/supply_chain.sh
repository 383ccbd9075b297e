#!/usr/bin/env bash
# Says what is in the image and whether any of it is known to be vulnerable: a CycloneDX bill of materials and an audit.
#
# Usage: supply_chain.sh [--offline]
#   --offline   bill of materials only; the audit is recorded as not done
#
# Looks at production dependencies, the ones that the image carries. Run it from anywhere in the repository.
# Exit codes: 0 nothing known, 1 a high or critical finding, 2 the audit could not be done, 11 wrong call.

# shellcheck source=lib/run.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/run.sh"

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

if [[ $OFFLINE == true ]]; then
  log WARN "audit not done (--offline)"
  exit 0
fi

# npm exits with 1 on findings and on its own troubles; only its JSON tells them apart.
audit="$out/bayesian-var-audit.json"
npm audit --package-lock-only --omit dev --json >"$audit" 2>/dev/null || true
if ! jq -e '.metadata.vulnerabilities' "$audit" >/dev/null 2>&1; then
  log ERROR "the audit could not be done: $(jq -r '.message // .error.summary // "no answer"' "$audit" 2>/dev/null || printf 'no answer')"
  exit 2
fi
log INFO "audit: $(jq -c '.metadata.vulnerabilities' "$audit")"
jq -e '.metadata.vulnerabilities | (.high + .critical) == 0' "$audit" >/dev/null || exit 1
