#!/usr/bin/env bash
# How well components are watched: scripts/evaluate_components.sh BINARY [SET]
# Draws the days of SET (held-out or validation) where they are missing, builds and approves each camera's baselines from
# its days of reference, replays the days that count, and prints the table; it is also left in FOLDER/figures.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$(realpath "$1")
set=${2:-held-out}
folder=.cache/eyes/components/$set
training=$PWD/models/training
python=$(models/training/venv.sh scenes)
models/training/draw.sh "$python" "components-$set"

cd "$folder" # baselines, log and evidence lie beside CITY.toml
rm -rf data
for camera in reference/*; do
  for part in "$camera"/*; do
    which=(--camera "$(basename "$camera")" --part "$(basename "$part")")
    "$binary" baseline build CITY.toml "${which[@]}" --from "$part" >&2
    "$binary" baseline approve CITY.toml "${which[@]}" --by evaluate >&2
  done
done
"$binary" replay CITY.toml --json >candidates.jsonl
{
  echo "\$ make evaluate-components SET=$set"
  echo
  "$binary" evaluate --truth truth.json --candidates candidates.jsonl
  echo
  PYTHONPATH=$training "$python" -m scenes.components.found truth.json candidates.jsonl
} | tee figures.txt
