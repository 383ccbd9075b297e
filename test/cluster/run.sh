#!/usr/bin/env bash
# npm run test:cluster: a Kubernetes control plane, containers as pods and callers, in a network of their own.
# Needs root, podman with the base image (test/support/container-base.sh), and what prepare.sh asks for. Where that is
# missing it says so and ends with 0, with CI=true with 1.
set -Eeuo pipefail
cd "$(dirname "$0")/../.."

skip() {
  printf '\n!!! NOT VERIFIED: %s\n\n' "$1" >&2
  [[ ${CI:-} != true ]] || exit 1
  exit 0
}

[[ $(id -u) == 0 ]] || skip 'the cluster test needs root (network namespace, containers)'
programs=$(test/cluster/prepare.sh) || skip 'no Kubernetes programs'
export BVAR_CLUSTER_PROGRAMS=$programs
node test/cluster/support/build-image.ts || skip 'the image could not be built'
# Nothing leaves this network and nothing of it is seen outside: node and pod addresses lie on its loopback.
# shellcheck disable=SC2016 # the inner shell expands it
exec unshare --net --kill-child -- bash -c '
  set -e
  ip link set lo up
  for host in {1..60}; do ip address add "10.77.0.$host/32" dev lo; done
  exec node node_modules/vitest/vitest.mjs run --config vitest.cluster.config.ts "$@"' cluster "$@"
