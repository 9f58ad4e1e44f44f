#!/usr/bin/env bash
# From a copy of this repository to tests and figures on a GPU machine.
#
#   bash tests/bench/gpu.sh gather DIR         on a Debian or Ubuntu machine with rodprep:
#                                              libraries, a data set and its images
#   bash tests/bench/gpu.sh build DIR          where torch, nvcc, cmake and ninja are: rodtrain and
#                                              its tests, into DIR/bin. That may be another machine
#                                              than the one with the GPU, with the same torch
#   bash tests/bench/gpu.sh run DIR [STAGE…]   on the GPU machine, beside a copy of this repository
#                                              and of DIR; builds first where DIR/bin is missing.
#                                              gpu_stages.py --help lists the stages; logs and
#                                              figures go to DIR/logs
#
# RODPREP names the program; ROD_BUILD is where to build; CUDA_ARCH (9.0) replaces the architecture
# of the GPU that is there.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../../tools/build.sh"
rodprep="${RODPREP:-$build_root/torch-system/tools/rodprep}"

gather() {
  bash "$root/tools/gpu_prefix.sh" "$folder/prefix" libgtest-dev
  "$rodprep" synth "$folder/pairs.tar" --pairs 180 --classes 6 --size 256
  "$rodprep" extract "$folder/pairs.tar" "$folder/png"
  "$rodprep" cache "$folder/pairs.tar" "$folder/data"
  rm "$folder/pairs.tar"
  du -sh "$folder" >&2
}

build_for_gpu() {
  local options
  mapfile -t options < <(cuda_options)
  build "$build_root/gpu" "$folder/prefix;$(python_torch python3)" -DROD_RODPREP=OFF \
    -DROD_TESTS=ON \
    -DCMAKE_SKIP_BUILD_RPATH=ON "${options[@]}"  # run says which LibTorch
  mkdir -p "$folder/bin"
  strip -o "$folder/bin/rodtrain" "$build_root/gpu/trainer/rodtrain"
  strip -o "$folder/bin/test_trainer" "$build_root/gpu/tests/trainer/test_trainer"
}

run() {
  python3 -c 'import torch; torch.zeros(1, device="cuda")' 2> /dev/null ||
    die "python3's torch can't use a GPU here"
  nvidia-smi --query-gpu=name,driver_version --format=csv,noheader
  [ -x "$folder/bin/rodtrain" ] || build_for_gpu
  # Of the torch that is here, wherever it lay when the programs were built, and of what gather has
  # found.
  local torch
  torch="$(python3 -c 'import os, torch; print(os.path.dirname(torch.__file__))')"
  export LD_LIBRARY_PATH="$torch/lib:$(printf '%s:' "$torch"/../nvidia/*/lib)$folder/prefix/lib/x86_64-linux-gnu:$folder/prefix/lib"
  python3 "$root/tests/bench/gpu_stages.py" "$folder/bin/rodtrain" "$folder/bin/test_trainer" \
    "$folder/data" "$folder/png" \
    "$folder/logs" "$@"
}

case "${1:-}" in
  gather | build | run) [ -n "${2:-}" ] || die "name a folder" ;;
  *) sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2 ;;
esac
mkdir -p "$2"
folder="$(cd "$2" && pwd)"
case "$1" in
  build) build_for_gpu ;;
  *) "$1" "${@:3}" ;;
esac
