#!/usr/bin/env bash
# The shipped recipe, from nothing to models/weights: models/training/train.sh [REVISION]
# About three hours on two cores, in stages of at most an hour; what is drawn or trained already is not done again, and
# a training that was cut off goes on from its last checkpoint. Needs ../shared (photographs, yolox_nano.onnx).
set -euo pipefail
cd "$(dirname "$0")"
version=${1:-0.1.0}
shared=../../../shared/data
cache=$(cd ../.. && pwd)/.cache/eyes
weights=$(cd ../weights && pwd)
[ -e "$shared/models/yolox_nano.onnx" ] || { echo "train: $shared is not here: nothing to train on" >&2; exit 1; }
python=$(./venv.sh training)

./draw.sh "$python" training galleries pictures
sets=(--shared "$shared" --scenes "$cache/training" --composites "$cache/composites" "$cache/galleries"
  --validation "$cache/pictures/validation" --version "$version")

# First everything as it comes, then what is rare from closer, at a rate that falls to nothing.
detector=("$python" -m eyes.train_detector "${sets[@]}" --out "$cache/detector" --resume)
if [ ! -e "$cache/detector/first" ]; then
  "${detector[@]}" --steps 2800
  touch "$cache/detector/first"
fi
# The truck-load that ships is of six minutes before there were galleries; ten with them, on a busy machine, came out worse.
# Bin states are learnt from the galleries: 55 minutes of one core are 2,600 steps.
classifier() { # classifier TASK ARGUMENTS...
  [ -e "$cache/$1/$1.onnx" ] || "$python" -m eyes.train_classifiers "$@" --shared "$shared" --out "$cache/$1" \
    --validation "$cache/pictures/validation" --version "$version"
}
classifier bin-state --minutes 55 --real 0.25 --scenes "$cache/galleries" --composites "$cache/galleries-more"
classifier truck-load --minutes 6 --scenes "$cache/training" --composites "$cache/composites" "$cache/galleries"
if [ ! -e "$cache/detector/second" ]; then
  [ -e "$cache/composites/pictures-100.npy" ] ||
    "$python" -m scenes.closeups --from "$cache/training" "$cache/composites" --out "$cache/composites" --pictures 3000 --number 100
  "${detector[@]}" --steps 4000 --rate 4e-3 --mix 0.25,0.4,0.17,0.1,0.08
  touch "$cache/detector/second"
fi

# And again at a rate three times as high: after 4,000 steps the network was far from fitting even its training set.
if [ ! -e "$cache/detector/third" ]; then
  "${detector[@]}" --steps 8600 --rate 6e-3 --mix 0.4,0.33,0.12,0.09,0.06
  touch "$cache/detector/third"
fi

# Thresholds are the product's own: they stay as they are in the manifest that is there.
"$python" -m eyes.install --trained "$cache/detector" --weights "$weights/street-nano"
"$python" -m eyes.install --trained "$cache/bin-state" --weights "$weights/bin-state"
"$python" -m eyes.install --trained "$cache/truck-load" --weights "$weights/truck-load"
