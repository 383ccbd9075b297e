#!/usr/bin/env bash
# First deployment into an empty cluster: every object, blue with the image, green parked, all traffic on blue.
#
# Usage: bootstrap.sh --image REPOSITORY@sha256:DIGEST [--dry-run]
#   --dry-run   asks the API server to check everything without keeping it
#
# Run it once, as an administrator; later deployments need only the deployer's role. It refuses a cluster in which the
# service exists already. Fill in kubernetes/secrets.yaml and apply it first.
# Exit codes: 0 blue serves, 11 refused, 12 blue never became ready.

# shellcheck source=lib/run.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/run.sh"

IMAGE=${IMAGE:-}
while (($#)); do
  case $1 in
    --image)
      IMAGE=${2:-}
      shift
      ;;
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

start_log bayesian-var-deployment
start_report
trap clean_up EXIT

KUBERNETES=$SCRIPTS/../kubernetes
flags=()
if [[ $DRY_RUN == true ]]; then flags=(--dry-run=server); fi

check_tools
check_image "$IMAGE"
check_secret
((PREFLIGHT_FAULTS == 0)) || die 11 "not ready for a first deployment"
if kube get deployment "$APP-blue" --output name >/dev/null 2>&1; then
  die 11 "$APP exists already: use production_deployment.sh"
fi

log INFO "accounts, roles, lock and network policies"
kube apply "${flags[@]}" --filename "$KUBERNETES/access.yaml" >/dev/null
kube apply "${flags[@]}" --filename "$KUBERNETES/network-policies.yaml" >/dev/null

log INFO "both colours, green parked at 0"
manifest_objects | jq -c --arg app "$APP" --arg image "$IMAGE" --arg secret "$SECRET_NAME" --argjson replicas "$MIN_REPLICAS" '
  .[] | if .kind == "Deployment" then
    .spec.template.spec.containers[0].image = $image
    | (.spec.template.spec.volumes[] | select(.name == "secrets").secret.secretName) = $secret
    | .spec.replicas = (if .metadata.name == $app + "-blue" then $replicas else 0 end)
  else . end' | kube apply "${flags[@]}" --filename - >/dev/null

log INFO "traffic: all on blue"
kube create "${flags[@]}" --filename "$KUBERNETES/traffic/active-service.yaml" >/dev/null
if kube get crd httproutes.gateway.networking.k8s.io --output name >/dev/null 2>&1; then
  kube apply "${flags[@]}" --filename "$KUBERNETES/traffic/gateway.yaml" >/dev/null
  kube create "${flags[@]}" --filename "$KUBERNETES/traffic/route.yaml" >/dev/null
else
  log WARN "no Gateway API in this cluster: traffic will be divided by the overlap driver"
fi

[[ $DRY_RUN == false ]] || exit 0
wait_ready blue "$MIN_REPLICAS" "$READY_SECONDS" || die 12 "blue never became ready: kubectl -n $NAMESPACE describe pods -l app=$APP"
log INFO "blue serves with $MIN_REPLICAS pods; next: deployment_validation.sh"
