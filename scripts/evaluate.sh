#!/usr/bin/env bash
# Event figures on generated videos: scripts/evaluate.sh BINARY [FOLDER]
# FOLDER holds CITY.toml (a camera for each video), truth.json and the videos. The tables are printed and left in
# models/training/figures; the candidates stay in FOLDER.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$1
folder=${2:-.cache/eyes/held-out}
figures=models/training/figures

# GENERATE: the command that makes $folder from its seeds goes here (in place of this line).

for file in CITY.toml truth.json; do
  [ -e "$folder/$file" ] || { echo "evaluate: $folder/$file is missing: generate the videos first" >&2; exit 1; }
done
mkdir -p "$figures"
candidates=$folder/candidates.jsonl
echo "evaluate: replaying $folder/CITY.toml" >&2
"$binary" replay "$folder/CITY.toml" --json >"$candidates.part"
mv "$candidates.part" "$candidates"

evaluate() { "$binary" evaluate --truth "$folder/truth.json" --candidates "$candidates" "$@"; }
evaluate --json >"$figures/events.json"
evaluate --events >"$figures/events-by-camera.txt"
{
  echo "\$ make evaluate OUT=$folder"
  echo
  evaluate
} >"$figures/events.txt"
cat "$figures/events-by-camera.txt" "$figures/events.txt"
