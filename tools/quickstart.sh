#!/usr/bin/env bash
# Trains a model on a fresh machine: installs packages, builds, then runs extract -> cache ->
# preview -> train -> kill -> resume -> eval -> report, on an archive that it renders itself or on
# yours. It trains two networks with the same budget: one adapts to the target domain (rr), the
# other sees the source alone (source-only).
#
#   bash tools/quickstart.sh              renders a small archive; under 10 minutes on 2 cores
#   bash tools/quickstart.sh ARCHIVE      the same on ROD-synROD.tar or any archive of its layout
#
# ROD_TORCH=system|python|PREFIX   which LibTorch (default: python3's torch if it imports, else the
#                                  system's)
# ROD_BUILD=FOLDER                 where to build (default: build/)
# ROD_WORK=FOLDER                  folder for the archive, files, shards and the run (default:
#                                  quickstart/ in ROD_BUILD)
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
  printf '\n== %d/11  %s\n   $ %s\n' "$n" "$1" "${command#resumed }" >&2
  "${@:2}"
}
n=0

mkdir -p "$work"
cd "$work"
rm -rf datasets shards rr source-only contact-sheet.png comparison.html
if [ -z "$archive" ]; then
  archive="$work/synth.tar"
  step "render a small archive with a source and a target domain, in place of a downloaded one" \
    rodprep synth "$archive" --pairs 1800 --size 73 --classes 6
else
  step "look at the archive: what is in it, and what would be left out" rodprep cache "$archive" \
    "$work/shards" --dry-run
fi
step "unpack it safely; a run that is killed resumes" rodprep extract "$archive" datasets
step "decode all images once and write them as checksummed shards" rodprep cache datasets shards \
  --size 73
step "count what is in the shards" rodprep info shards
step "draw a contact sheet, to see that RGB and depth belong together" rodprep preview shards \
  contact-sheet.png

# Small enough for a CPU, and from random weights: nothing is downloaded. On a GPU omit all options
# except the folders, and add --pretrained imagenet, as the notebook does.
train=(rodtrain --data shards --arch resnet10-slim --image-size 64 --batch-size 16 --optimizer adamw
  --lr 0.001 --weight-decay 0.01 --rot-dropout-p 0 --epochs 12 --max-time 5min --resume)
killed() {  # killed COMMAND…: with -9 once it has saved a checkpoint
  "$@" &
  local trainer=$!
  until ls rr/checkpoints/step-*.safetensors > /dev/null 2>&1 ||
    ! kill -0 "$trainer" 2> /dev/null; do sleep 0.2; done
  kill -9 "$trainer" 2> /dev/null || true
  wait "$trainer" || true
}
step "train from random weights, and be killed after the first checkpoint, as by a disconnect" \
  killed "${train[@]}" --logdir rr
resumed() {  # a time limit is no failure
  local code=0
  "$@" || code=$?
  [ "$code" = 0 ] || [ "$code" = 75 ] || exit "$code"
}
step "the same command again resumes where it stopped" resumed "${train[@]}" --logdir rr
step "the same network, options and steps without adaptation, to compare with" \
  resumed "${train[@]}" --logdir source-only --method source-only
newest() { ls "$1"/checkpoints/step-*.safetensors | tail -n 1; }
step "measure the accuracy on each split and for each class, and keep the features" \
  rodtrain eval "$(newest rr)" --data shards --save-features rr/features.safetensors
step "the same of the other network" \
  rodtrain eval "$(newest source-only)" --data shards --save-features \
    source-only/features.safetensors
step "put both on one page" rodtrain report source-only rr

last() { awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; ++i) if ($i == name) n = i } NR > 1 && $n != "" { value = $n }
  END { printf "%.2f", value }' rr/metrics.csv; }
say "done in $((SECONDS / 60)) min $((SECONDS % 60)) s. To look at:
     $work/contact-sheet.png    the data
     $work/rr/report.html       the run: curves, confusion matrix, features, worst classes
     $work/comparison.html      both methods side by side
     $work/$(newest rr)    the model
   The rotation losses of rr ended at $(last loss.rot_source) (source) and $(last loss.rot_target)
   (target); guessing has 1.39.
   Accuracy of both methods, after the last epoch and at the best ones:
$(rodtrain report source-only rr | sed 's/^/     /')
   To try next:
     export PATH=\"$folder/tools:$folder/trainer:\$PATH\"
     rodprep doctor                                     this machine, and which options fit it
     rodtrain predict $work/rr/best_unlabelled.safetensors IMAGES --size 73
                                                        what your own images show
     rodprep cache YOUR-ARCHIVE /tmp/shards --dry-run   how your own archive or folder would be read
     bash tools/quickstart.sh YOUR-ARCHIVE              all of this again with it
     pip install .                                      the shards in your own PyTorch loop, see
                                                        tools/python/README.md"
