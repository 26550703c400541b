#!/usr/bin/env bash
# The shipped recipe, from nothing to models/weights: models/training/train.sh
# 26 minutes on a large GPU, after two hours of drawing on two cores. Without a GPU a step takes two cores 11 seconds, the
# 8,086 of them 25 hours: what is drawn or trained already is not done again, a training that was cut off goes on from its
# last checkpoint, and STEPS=450 MORE_STEPS=1 stops after 85 minutes, at a network that has seen less. Needs ../shared
# (photographs, yolox_nano.onnx).
set -euo pipefail
cd "$(dirname "$0")"
shared=../../../shared/data
cache=$(cd ../.. && pwd)/.cache/eyes
weights=$(cd ../weights && pwd)
[ -e "$shared/models/yolox_nano.onnx" ] || { echo "train: $shared is not here: nothing to train on" >&2; exit 1; }
python=$(./venv.sh training)
gpu=$("$python" -c 'import torch; print(int(torch.cuda.is_available()))')

./draw.sh "$python" training galleries pictures
sets=(--shared "$shared" --validation "$cache/pictures/validation")

# One schedule over everything at once, 128 pictures a step: 40 streets, 38 galleries, composites and close-ups, 15
# photographs of bins, 22 of coco128, 13 without labels; and each photograph once more, blended with another one, for
# the old network's word alone. Two processes of a CPU take half of a step each.
[ -e "$cache/closeups/pictures-050.npy" ] || for k in 0 1 2 3 4 5; do
  "$python" -m scenes.closeups --from "$cache/training" "$cache/composites" --out "$cache/closeups" \
    --pictures 600 --number "${k}0" --seed "$k"
done
batch=64
[ "$gpu" = 0 ] || batch=128
"$python" -m eyes.train_detector "${sets[@]}" --scenes "$cache/training" --out "$cache/detector" --version 0.2.0 \
  --composites "$cache/composites" "$cache/galleries" "$cache/closeups" --resume --batch "$batch" \
  --steps "${STEPS:-5245}" --rate 6e-3 --blend --teacher 2 --mix 40,38,15,22,13

# Then more objects: sixteen parts of what is drawn, each with objects of its own, from the first schedule's average on.
./draw.sh "$python" wide
[ -e "$cache/wide-closeups/pictures-050.npy" ] || for k in 0 1 2 3 4 5; do
  "$python" -m scenes.closeups --from "$cache/wide-galleries" "$cache/wide-streets" "$cache/wide-composites" \
    --out "$cache/wide-closeups" --pictures 600 --number "${k}0" --seed "$k"
done
"$python" -m eyes.train_detector "${sets[@]}" --scenes "$cache/wide-streets" --out "$cache/detector-wide" --version 0.3.0 \
  --composites "$cache/wide-composites" "$cache/wide-galleries" "$cache/wide-closeups" --start "$cache/detector/checkpoint.pt" \
  --resume --batch "$batch" --steps "${MORE_STEPS:-2841}" --rate 3e-3 --blend --teacher 2 --mix 40,38,15,22,13

# Crops are varied by one core, so a GPU helps little. Bin states: 5,400 steps; loads: 13,800.
classifier() { # classifier TASK MINUTES MINUTES_OF_A_GPU ARGUMENTS...
  local task=$1 minutes=$2
  [ "$gpu" = 0 ] || minutes=$3
  shift 3
  [ -e "$cache/$task/$task.onnx" ] ||
    "$python" -m eyes.train_classifiers "$task" --minutes "$minutes" "$@" "${sets[@]}" --out "$cache/$task"
}
classifier bin-state 112 6.6 --real 0.35 --seed 11 --scenes "$cache/wide-galleries" \
  --composites "$cache/wide-streets" "$cache/wide-composites" --version 0.3.0
classifier truck-load 60 8 --scenes "$cache/training" --composites "$cache/composites" "$cache/galleries" --version 0.2.0

# Thresholds are the product's own: they stay as they are in the manifest that is there.
"$python" -m eyes.install --trained "$cache/detector-wide" --weights "$weights/street-nano"
"$python" -m eyes.install --trained "$cache/bin-state" --weights "$weights/bin-state"
"$python" -m eyes.install --trained "$cache/truck-load" --weights "$weights/truck-load"
