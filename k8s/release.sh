#!/usr/bin/env bash
# Builds and pushes both images of this version and writes their digests into components/release.
#   k8s/release.sh REGISTRY/NAME
# Needs docker (buildx) and kustomize. Refuses to push a version that is there already: a version's tag never moves.
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:?name of the images, such as registry.example.org/streetwatch/streetwatch}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
[ -z "$(git status --porcelain)" ] || { echo "release: commit first; the image names its revision"; exit 1; }
revision=$(git rev-parse HEAD)

digest() { docker buildx imagetools inspect --format '{{.Manifest.Digest}}' "$1"; }
# The base images by digest, as they are now: the tag in the Dockerfile says which.
pinned() {
  local image
  image=$(sed -n "s/^ARG $1=//p" "$2" | head -1)
  printf '%s@%s' "${image%%:*}" "$(digest "$image")"
}

for kind in cpu cuda; do
  file=k8s/docker/Dockerfile.$kind
  tag=$name:$version-$kind
  if digest "$tag" >/dev/null 2>&1; then echo "release: $tag is there already; raise the version"; exit 1; fi
  arguments=(--build-arg "REVISION=$revision")
  for argument in RUST_IMAGE DEBIAN_IMAGE; do arguments+=(--build-arg "$argument=$(pinned "$argument" "$file")"); done
  [ "$kind" = cpu ] || arguments+=(--build-arg "TENSORRT_IMAGE=${TENSORRT_IMAGE:-$(pinned DEBIAN_IMAGE "$file")}")
  docker buildx build --push --provenance=true --sbom=true -f "$file" -t "$tag" "${arguments[@]}" .
done
cd k8s/components/release
kustomize edit set image \
  "streetwatch=$name:$version-cpu@$(digest "$name:$version-cpu")" \
  "streetwatch-cuda=$name:$version-cuda@$(digest "$name:$version-cuda")"
echo "release: commit k8s/components/release/kustomization.yaml"
