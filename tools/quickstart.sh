#!/usr/bin/env bash
# Trains a model on a fresh machine: installs packages, builds, then runs extract -> cache -> preview -> train ->
# kill -> resume -> eval, on an archive that it renders itself or on yours.
#
#   bash tools/quickstart.sh              renders a small archive; under 10 minutes on 2 cores
#   bash tools/quickstart.sh ARCHIVE      the same on ROD-synROD.tar or any archive of its layout
#
# ROD_TORCH=system|python|PREFIX   which LibTorch (default: python3's torch if it imports, else the system's)
# ROD_BUILD=FOLDER                 where to build (default: build/)
# ROD_WORK=FOLDER                  folder for the archive, files, shards and the run (default: quickstart/ in ROD_BUILD)
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/build.sh"

archive="${1:-}"
[ -z "$archive" ] || [ -f "$archive" ] || die "$archive: there is no such file"
[ -z "$archive" ] || archive="$(realpath "$archive")"
work="${ROD_WORK:-$build_root/quickstart}"

install_build_packages
find_torch
folder="$build_root/$torch_name"
build "$folder" "$torch_prefix" -DROD_TESTS=OFF
export PATH="$folder/tools:$folder/trainer:$PATH"
export GOMP_SPINCOUNT="${GOMP_SPINCOUNT-1000}"  # as rodtrain's launcher does where it is installed

# step PURPOSE COMMAND…: says what the command is for, then shows and runs it.
step() {
  local command="${*:2}"
  command="${command#killed }"
  n=$((n + 1))
  printf '\n== %d/8  %s\n   $ %s\n' "$n" "$1" "${command#resumed }" >&2
  "${@:2}"
}
n=0

mkdir -p "$work"
cd "$work"
rm -rf datasets shards run contact-sheet.png
if [ -z "$archive" ]; then
  archive="$work/synth.tar"
  step "render a small archive with a source and a target domain, in place of a downloaded one" \
    rodprep synth "$archive" --pairs 1800 --size 73 --classes 6
else
  step "look at the archive: what is in it, and what would be left out" rodprep cache "$archive" "$work/shards" --dry-run
fi
step "unpack it safely; a run that is killed resumes" rodprep extract "$archive" datasets
step "decode all images once and write them as checksummed shards" rodprep cache datasets shards --size 73
step "count what is in the shards" rodprep info shards
step "draw a contact sheet, to see that RGB and depth belong together" rodprep preview shards contact-sheet.png

# Small enough for a CPU. On a GPU omit all options except the folders.
train=(rodtrain --data shards --logdir run --arch resnet10-slim --image-size 64 --batch-size 32 --lr 0.003
  --weight-decay 0.005 --epochs 8 --max-time 5min --resume)
killed() {  # killed COMMAND…: with -9 once it has saved a checkpoint
  "$@" &
  local trainer=$!
  until ls run/checkpoints/step-*.safetensors > /dev/null 2>&1 || ! kill -0 "$trainer" 2> /dev/null; do sleep 0.2; done
  kill -9 "$trainer" 2> /dev/null || true
  wait "$trainer" || true
}
step "train, and be killed after the first checkpoint, as by a disconnect" killed "${train[@]}"
resumed() {  # a time limit is no failure
  local code=0
  "$@" || code=$?
  [ "$code" = 0 ] || [ "$code" = 75 ] || exit "$code"
}
step "the same command again resumes where it stopped" resumed "${train[@]}"
newest="$(ls run/checkpoints/step-*.safetensors | tail -n 1)"
step "measure the accuracy of the trained model, on each split and for each class" rodtrain eval "$newest" --data shards

say "done in $((SECONDS / 60)) min $((SECONDS % 60)) s. To look at:
     $work/contact-sheet.png    the data
     $work/run/report.html      the run: curves, confusion matrix, worst classes
     $work/$newest    the model
   To try next:
     export PATH=\"$folder/tools:$folder/trainer:\$PATH\"
     rodprep doctor                                     what this machine is, and which options fit it
     rodprep cache YOUR-ARCHIVE /tmp/shards --dry-run   how your own archive or folder would be read
     bash tools/quickstart.sh YOUR-ARCHIVE              all of this again with it
     pip install .                                      the shards in your own PyTorch loop: tools/python/README.md"
