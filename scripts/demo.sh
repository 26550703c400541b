#!/usr/bin/env bash
# Runs the demo city: scripts/demo.sh BINARY CITY.toml [--once]
set -euo pipefail
binary=$1 city=$2
shift 2
cd "$(dirname "$0")/.."
if [ "$city" = demo/CITY.toml ] && [ ! -e ../shared/data/footage/residential-street.mp4 ]; then
  echo "demo: the sample city is not shipped yet (it comes with our own detectors), and ../shared/data with its clips and"
  echo "demo: its model is not here. Point it at your own: make demo CITY=path/to/CITY.toml (see README, 'Your own cameras')."
  exit 1
fi
echo "demo: until our own weights and sample city ship, this runs the clips and the model of ../shared/data"
rm -rf data/demo
exec "$binary" run "$city" --show "$@"
