#!/usr/bin/env bash
# A stand-in for the official Node image where no image can be pulled: a minimal Debian, the Node of this
# project and the npm of this host, imported into podman's store under the official name.
# Needs root, debootstrap and podman. About two minutes.
set -Eeuo pipefail
cd "$(dirname "$0")/../.."
readonly image=node:24-bookworm-slim
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
debootstrap --variant=minbase bookworm "$root"
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man}
npm_folder=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
mkdir -p "$root/usr/local/lib/node_modules"
cp -r "$npm_folder" "$root/usr/local/lib/node_modules/npm"
cp "$(readlink -f node_modules/node/bin/node)" "$root/usr/local/bin/node"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
chroot "$root" useradd -u 1000 -m node
tar -C "$root" -c . | podman import -q - "docker.io/library/$image"
