#!/usr/bin/env bash
# Draws what is trained and measured on, each set once: models/training/draw.sh PYTHON SET...
#   training            rendered streets, and objects put into photographs (needs ../shared)
#   galleries           streets full of what is rare, to train on
#   wide                streets, galleries and composites with objects of 448 seeds of each kind (needs ../shared)
#   pictures            single pictures of the validation and held-out seeds
#   validation held-out videos with their truth
#   components-validation components-held-out   days of street components with their census and truth
# Two cores draw side by side; a set that is there is left alone.
set -euo pipefail
cd "$(dirname "$0")"
python=$1
shift
cache=$(cd ../.. && pwd)/.cache/eyes
shared=../../../shared/data
export LP_NUM_THREADS=1

once() { # once FOLDER COMMAND...: runs it unless FOLDER is complete
  local folder=$cache/$1
  shift
  [ -e "$folder/complete" ] && return 0
  "$@" && touch "$folder/complete"
}

both() { # both PID PID: fails when either did, so that a set half drawn is not taken for complete
  local failed=0
  wait "$1" || failed=1
  wait "$2" || failed=1
  return $failed
}

training() {
  mkdir -p "$cache/training"
  "$python" -m scenes.frames --out "$cache/training" --scenes 200 --seed 0 & local a=$!
  "$python" -m scenes.frames --out "$cache/training" --scenes 200 --seed 200 --number 100 & local b=$!
  both "$a" "$b"
  for seed in 0 1 2; do
    "$python" -m scenes.composites --shared "$shared" --out "$cache/composites" --pictures 1000 --seed "$seed" --number "${seed}0"
  done
}

galleries() { # galleries of 75 streets, two side by side
  gallery() { "$python" -m scenes.galleries --out "$cache/galleries" --scenes 75 --seed "$1" --number "$2"; }
  gallery 300000 200 & local a=$!
  gallery 300075 210 & local b=$!
  both "$a" "$b"
  gallery 300225 230 & a=$!
  gallery 300300 240 & b=$!
  both "$a" "$b" && gallery 300375 250
}

wide() { # sixteen parts, each with 28 objects of a kind of its own; as many at a time as there are cores
  part() {
    local k=$1
    local objects="$((90 + 28 * k)) $((118 + 28 * k))"
    "$python" -m scenes.galleries --out "$cache/wide-galleries" --scenes 25 --seed $((310000 + 100 * k)) --number "$k" --objects $objects &&
      "$python" -m scenes.frames --out "$cache/wide-streets" --scenes 25 --seed $((320000 + 100 * k)) --number "$k" --objects $objects &&
      "$python" -m scenes.composites --shared "$shared" --out "$cache/wide-composites" --pictures 100 \
        --seed $((100 + k)) --number $((100 + k)) --objects $objects
  }
  local k at=0 failed=0 parts=()
  for k in $(seq 0 15); do
    part "$k" & parts[k]=$!
    [ $((k - at)) -lt $(($(nproc) - 1)) ] || { wait "${parts[at]}" || failed=1; at=$((at + 1)); }
  done
  for k in $(seq "$at" 15); do wait "${parts[k]}" || failed=1; done
  return $failed
}

pictures() {
  "$python" -m scenes.frames --set validation --out "$cache/pictures/validation" --scenes 50 --seed 500000 & local a=$!
  "$python" -m scenes.frames --set held-out --out "$cache/pictures/held-out" --scenes 60 --seed 900000 & local b=$!
  both "$a" "$b"
}

videos() { # videos SET COUNT SEED: the halves are drawn side by side, then put into one city
  local half=$(($2 / 2))
  "$python" -m scenes.city --set "$1" --out "$cache/$1" --videos $half --seed "$3" & local a=$!
  "$python" -m scenes.city --set "$1" --out "$cache/$1" --videos $(($2 - half)) --seed $(($3 + half)) & local b=$!
  both "$a" "$b" &&
    "$python" -m scenes.city --set "$1" --out "$cache/$1" --join
}

components() { # components SET COUNT: as the videos
  local half=$(($2 / 2)) out=$cache/components/$1
  mkdir -p "$out"
  "$python" -m scenes.components --set "$1" --out "$out" --cameras $half & local a=$!
  "$python" -m scenes.components --set "$1" --out "$out" --cameras $(($2 - half)) --seed $half & local b=$!
  both "$a" "$b" && "$python" -m scenes.components --set "$1" --out "$out" --join
}

for set in "$@"; do
  case $set in
    training) once training training ;;
    galleries) once galleries galleries ;;
    wide) once wide-galleries wide ;;
    pictures) once pictures pictures ;;
    validation) once validation videos validation 16 500000 ;;
    components-validation) once components/validation components validation 12 ;;
    components-held-out) once components/held-out components held-out 12 ;;
    held-out) once held-out videos held-out 40 900000 ;;
    *) echo "draw.sh: unknown set: $set" >&2; exit 2 ;;
  esac
done
