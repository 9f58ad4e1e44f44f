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

show() { say "$*"; "$@"; }

mkdir -p "$work"
cd "$work"
rm -rf datasets shards run contact-sheet.png
if [ -z "$archive" ]; then
  archive="$work/synth.tar"
  show rodprep synth "$archive" --pairs 1800 --size 73 --classes 6
fi
show rodprep extract "$archive" datasets
show rodprep cache datasets shards --size 73
show rodprep info shards
show rodprep preview shards contact-sheet.png

# Small enough for a CPU. On a GPU omit all options except the folders.
train=(rodtrain --data shards --logdir run --arch resnet10-slim --image-size 64 --batch-size 32 --lr 0.003
  --weight-decay 0.005 --epochs 8 --max-time 5min --resume)
say "${train[*]}    (killed with -9 after its first checkpoint, like a disconnect)"
"${train[@]}" &
trainer=$!
until ls run/checkpoints/step-*.safetensors > /dev/null 2>&1 || ! kill -0 "$trainer" 2> /dev/null; do sleep 0.2; done
kill -9 "$trainer" 2> /dev/null || true
wait "$trainer" || true

say "the same command again resumes where it stopped"
code=0
"${train[@]}" || code=$?
[ "$code" = 0 ] || [ "$code" = 75 ] || exit "$code"
newest="$(ls run/checkpoints/step-*.safetensors | tail -n 1)"
show rodtrain eval "$newest" --data shards

say "done. See $work/contact-sheet.png (the data), $work/run/report.html (the run), $work/$newest (the model)"
