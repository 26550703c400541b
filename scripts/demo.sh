#!/usr/bin/env bash
# Runs the demo city: scripts/demo.sh BINARY CITY.toml [--once]
# Where a truth.json lies beside CITY.toml or in its folder fleet, the run closes with each candidate beside its truth.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$1 city=$2
shift 2
for truth in "$(dirname "$city")"/truth.json "$(dirname "$city")"/fleet/truth.json; do
  [ ! -e "$truth" ] || set -- --truth "$truth" "$@"
done
rm -rf data/demo
exec "$binary" run "$city" --show "$@"
