#!/usr/bin/env bash
# All steps of the paper on your own photos: search a baseline, find α, β and γ for it, scale it, and
# train the family.
#
#   Examples/road/road.sh photos/            under an hour on two cores for 10,000 photos of 32 pixels
#   Examples/road/road.sh --small photos/    minutes: the same steps, too short for meaningful results
#
# Results are in runs/road (or ROAD=folder). A second call resumes a stopped run. EFFNET sets the path
# of the command.
set -euo pipefail

if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
  cat <<'HELP'
usage: road.sh [--small] photos

Runs all steps of the paper on your photos: search a baseline, find α, β and γ for it, scale it, and
train the family. A second call resumes a stopped run.

  photos     a folder with a folder for each class, a CSV file, or a tar archive
  --small    minutes instead of about an hour: the same steps, too short for meaningful results
  --help     show this help

Environment:
  ROAD       the folder of the results (default: runs/road)
  EFFNET     the path of the command (default: effnet)
HELP
  exit
fi
small=false
if [ "${1:-}" = --small ]; then small=true; shift; fi
if [ $# -ne 1 ] || [ "${1#-}" != "$1" ]; then
  echo "usage: road.sh [--small] photos    (a folder with a folder for each class, a CSV file, or a tar archive)" >&2
  exit 2
fi
photos=$1
effnet=${EFFNET:-effnet}
road=${ROAD:-runs/road}

if $small; then
  search=(--stages 4 --resolution 24 --samples 8 --proposals 4 --epochs 1 --subset 600 --top 1 --top-epochs 1 --top-seeds 1)
  grid=(--points 4 --seeds 1 --epochs 1 --subset 600)
  train=(--epochs 1 --limit 600)
  phis=0,1
else
  search=(--stages 6 --resolution 32 --samples 60 --epochs 4 --precision bf16 --top 3 --top-epochs 12)
  grid=(--points 16 --seeds 2 --epochs 6 --precision bf16)
  train=(--epochs 20 --precision bf16)
  phis=0,1,2
fi

# Skips a finished step and resumes a started one.
experiment() { # folder, command, options of a new experiment
  local folder=$1 command=$2
  shift 2
  if [ -e "$folder/report.html" ]; then return; fi
  # shellcheck disable=SC2086 # the command is one word or two
  if [ -e "$folder/experiment.json" ]; then
    "$effnet" $command --resume "$folder"
  else
    "$effnet" $command "$photos" "$@" --output "$folder"
  fi
}

mkdir -p "$road"
echo "== 1. search: the baseline"
experiment "$road/search" search --space efficientnet --width 0.25 --seed 1 "${search[@]}"

echo "== 2. scale search: α, β and γ"
experiment "$road/grid" "scale search" --model "$road/search/best.json" --fine --equal-macs --seed 1 "${grid[@]}"

echo "== 3. scale table: the family"
# The names of a grid's networks have their α, β and γ: a1.2-b1.1-g1.15. The table's first line is the best.
best=$(sed -n 2p "$road/grid/table.csv" | cut -d, -f1)
IFS=- read -r a b g <<<"$best"
rm -rf "$road/family"
"$effnet" scale table --model "$road/search/best.json" --fine --alpha "${a#a}" --beta "${b#b}" --gamma "${g#g}" \
  --phi "$phis" --write "$road/family"

echo "== 4. train: each member"
for network in "$road"/family/*.json; do
  name=$(basename "$network" .json)
  if [ ! -e "$road/train/$name/config.json" ]; then
    "$effnet" train "$photos" --model "$network" --from-scratch --recipe short --seed 1 "${train[@]}" --output "$road/train/$name"
  elif [ ! -e "$road/train/$name/report.html" ]; then
    "$effnet" train --resume "$road/train/$name"
  fi
done

echo "== done"
for network in "$road"/family/*.json; do
  name=$(basename "$network" .json)
  echo "$name: top-1 $(tail -n 1 "$road/train/$name/log.csv" | cut -d, -f5 | awk '{ printf "%.1f %%", 100 * $1 }')"
done
