#!/usr/bin/env bash
# The shipped recipe, from nothing to models/weights: models/training/train.sh [REVISION]
# About 70 minutes on two cores; what is drawn or trained already is not done again, and a training that was
# cut off goes on from its last checkpoint. Needs ../shared (photographs, yolox_nano.onnx).
set -euo pipefail
cd "$(dirname "$0")"
version=${1:-0.1.0}
shared=../../../shared/data
cache=$(cd ../.. && pwd)/.cache/eyes
weights=$(cd ../weights && pwd)
[ -e "$shared/models/yolox_nano.onnx" ] || { echo "train: $shared is not here: nothing to train on" >&2; exit 1; }
python=$(./venv.sh training)

./draw.sh "$python" training pictures
sets=(--shared "$shared" --scenes "$cache/training" --composites "$cache/composites"
  --validation "$cache/pictures/validation" --version "$version")

if [ ! -e "$cache/detector/street-nano.onnx" ]; then
  "$python" -m eyes.train_detector "${sets[@]}" --out "$cache/detector" --steps 2800 --resume
fi
for task in bin-state truck-load; do
  [ -e "$cache/$task/$task.onnx" ] ||
    "$python" -m eyes.train_classifiers "$task" "${sets[@]}" --out "$cache/$task" --minutes 8
done

# Thresholds are the product's own: they stay as they are in the manifest that is there.
"$python" -m eyes.install --trained "$cache/detector" --weights "$weights/street-nano"
"$python" -m eyes.install --trained "$cache/bin-state" --weights "$weights/bin-state"
"$python" -m eyes.install --trained "$cache/truck-load" --weights "$weights/truck-load"
