#!/usr/bin/env bash
# The virtual environment of the plain Python loop, in .cache/venv-bench. Quick when it is there;
# where it cannot be had, the comparison says that it is skipped.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=.cache/venv-bench
wanted=benches/python/requirements.txt
cmp -s "$wanted" "$venv/requirements.txt" && exit 0

without() { echo "bench: no Python loop to compare with: $*"; exit 0; }
rm -rf "$venv"
python3 -m venv "$venv" >/dev/null 2>&1 || without "python3 -m venv failed; install python3-venv"
echo "bench: installing the Python loop's packages"
"$venv/bin/pip" install --quiet --disable-pip-version-check -r "$wanted" || without "pip could not install them"
# Last, so that half an installation is begun again.
cp "$wanted" "$venv/requirements.txt"
