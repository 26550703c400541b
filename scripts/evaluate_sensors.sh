#!/usr/bin/env bash
# How well the rules over readings find what happened: scripts/evaluate_sensors.sh BINARY [SEED…]
# Makes up a city for each seed (the held-out ones where none is named), replays its readings, and prints the table of all
# together; it is also left in FOLDER/figures.txt. A city's files stay in FOLDER/SEED.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$(realpath "$1")
shift
[ $# -gt 0 ] || set -- 901 902 903 904 905 906 907 908
folder=.cache/sensors
mkdir -p "$folder"
pairs=()
for seed in "$@"; do
  city=$folder/$seed
  rm -rf "$city"
  "$binary" simulate --seed "$seed" --out "$city" 2>/dev/null
  (cd "$city" && "$binary" replay CITY.toml --json >candidates.jsonl 2>replay.log)
  echo "evaluate-sensors: seed $seed: $(wc -l <"$city/readings.jsonl") readings, $(wc -l <"$city/candidates.jsonl") candidates" >&2
  pairs+=(--truth "$city/truth.json" --candidates "$city/candidates.jsonl")
done
{
  echo "\$ make evaluate-sensors SEEDS=\"$*\""
  echo
  "$binary" evaluate "${pairs[@]}"
} | tee "$folder/figures.txt"
