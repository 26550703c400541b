#!/usr/bin/env bash
# Runs the demo city: scripts/demo.sh BINARY CITY.toml [--once]
# Where a truth.json lies beside CITY.toml, the run closes with each candidate beside its truth.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$1 city=$2
shift 2
truth=$(dirname "$city")/truth.json
[ ! -e "$truth" ] || set -- --truth "$truth" "$@"
rm -rf data/demo
exec "$binary" run "$city" --show "$@"
