#!/usr/bin/env bash
# A virtual environment: models/training/venv.sh scenes|figures|training. Prints its python. Quick when it is there.
#   scenes    draws pictures and videos
#   figures   besides, ONNX Runtime to evaluate models
#   training  besides, PyTorch
set -euo pipefail
cd "$(dirname "$0")"
what=${1:-scenes}
cache=$(cd ../.. && pwd)/.cache/eyes
venv=$cache/venv-$what
case $what in
  scenes) cat scenes/requirements.txt ;;
  figures) cat scenes/requirements.txt; grep '^onnxruntime==' eyes/requirements.txt ;;
  training) cat scenes/requirements.txt eyes/requirements.txt ;;
  *) echo "venv.sh: unknown: $what (scenes, figures or training)" >&2; exit 2 ;;
esac >"${TMPDIR:-/tmp}/requirements.$$"
trap 'rm -f "${TMPDIR:-/tmp}/requirements.$$"' EXIT
mark=$venv/$(sha256sum <"${TMPDIR:-/tmp}/requirements.$$" | cut -c1-16)
if [ ! -e "$mark" ]; then
  echo "venv: installing for $what (once)" >&2
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "${TMPDIR:-/tmp}/requirements.$$" >&2
  touch "$mark"
fi
echo "$venv/bin/python"
