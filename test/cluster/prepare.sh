#!/usr/bin/env bash
# Makes the Kubernetes programs that the cluster test runs, from the sources pinned in control-plane/, once for each
# version. Prints the folder. Needs go, and where the sources are not cached, Go's module proxy (GOPROXY).
# About 12 minutes on two busy cores, 0.5 GB. Exit code 3: cannot be made here.
set -Eeuo pipefail
cd "$(dirname "$0")/control-plane"
version=$(sed -nE "s|.*k8s.io/kubernetes (v[0-9.]+)$|\1|p" go.mod | head -1)
[[ -n $version ]]
folder=${BVAR_CLUSTER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bayesian-var-cluster}/$version
programs=(kube-apiserver kube-controller-manager kube-scheduler kubectl)

missing=()
for tool in go etcd openssl haproxy prometheus prometheus-alertmanager jq curl flock ip unshare; do
  PATH=$PATH:/usr/sbin:/sbin command -v "$tool" >/dev/null || missing+=("$tool")
done
if ((${#missing[@]} > 0)); then
  printf '!!! NOT VERIFIED: the cluster test needs %s (Debian: etcd-server, iproute2, and the packages of the verify run)\n' "${missing[*]}" >&2
  exit 3
fi

mkdir -p "$folder"
minor=${version#v1.}
minor=${minor%%.*}
stamp="-X k8s.io/component-base/version.gitVersion=$version -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=$minor"
for program in "${programs[@]}"; do
  [[ -x $folder/$program ]] && continue
  printf 'building %s %s\n' "$program" "$version" >&2
  if ! CGO_ENABLED=0 nice -n 15 go build -p "${BUILD_JOBS:-1}" -trimpath -ldflags "-s -w $stamp" -o "$folder/$program.part" "k8s.io/kubernetes/cmd/$program" >&2; then
    printf '!!! NOT VERIFIED: %s could not be built here\n' "$program" >&2
    exit 3
  fi
  mv "$folder/$program.part" "$folder/$program"
done
collector=$folder/../collector-0.161.0/otelcol
if [[ ! -x $collector ]]; then
  printf 'building the collector\n' >&2
  if (cd ../collector && nice -n 15 go build -p "${BUILD_JOBS:-1}" -o "$collector.part" . >&2); then
    mv "$collector.part" "$collector"
  else
    printf '!!! NOT VERIFIED: the collector could not be built here\n' >&2
  fi
fi
printf '%s\n' "$folder"
