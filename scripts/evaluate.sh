#!/usr/bin/env bash
# How well the shipped models see: scripts/evaluate.sh BINARY [FOLDER]
# Event figures on the generated videos in FOLDER (CITY.toml with a camera for each video, truth.json), and the
# detectors' figures on pictures. The held-out set is drawn from its seeds where it is missing (about 20 minutes on two
# cores). Tables are printed and left in models/training/figures (of another set: in FOLDER/figures).
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$1
folder=${2:-.cache/eyes/held-out}
# Only the held-out set's figures are committed; those of another set stay beside it.
figures=$folder/figures
[ "$folder" != .cache/eyes/held-out ] || figures=models/training/figures
python=$(models/training/venv.sh figures)

case $folder in
  .cache/eyes/held-out) models/training/draw.sh "$python" held-out pictures ;;
  .cache/eyes/validation) models/training/draw.sh "$python" validation ;;
esac
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

if [ "$folder" = .cache/eyes/held-out ] && [ -e ../shared/data/models/yolox_nano.onnx ]; then
  (cd models/training && "$python" -m eyes.evaluate_pictures --shared ../../../shared/data \
    --detector ../weights/street-nano --reference ../weights/yolox-nano --bin-state ../weights/bin-state \
    --scenes ../../.cache/eyes/pictures/held-out --out figures)
  cat "$figures/figures.md"
else
  echo "evaluate: no figures on pictures (they need the held-out set and ../shared/data)"
fi
