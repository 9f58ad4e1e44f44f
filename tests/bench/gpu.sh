#!/usr/bin/env bash
# What a GPU reaches: the tests that only a GPU can do, then pairs per second beside eager PyTorch's and the course's program's.
#
#   bash tests/bench/gpu.sh gather DIR              on a Debian or Ubuntu machine with rodprep: libraries, a data set and its images
#   bash tests/bench/gpu.sh run DIR [STEP OPTION…]  on the GPU machine, which has torch, nvcc, cmake and ninja, beside a copy of this
#                                                   repository and of DIR
#
# RODPREP names the program; the options are those of step.py ("--batch-size 32"). ROD_BUILD is where to build.
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

run() {
  python3 -c 'import torch; torch.zeros(1, device="cuda")' 2> /dev/null || die "python3's torch can't use a GPU here"
  nvidia-smi --query-gpu=name,driver_version --format=csv,noheader
  build "$build_root/gpu" "$folder/prefix;$(python_torch python3)" -DROD_RODPREP=OFF -DROD_TESTS=ON
  local code=0
  "$build_root/gpu/tests/trainer/test_trainer" --gtest_filter='Gpu.*' || code=1  # figures tell something even so
  for amp in off bf16 fp16; do
    say "rodtrain bench --amp $amp"
    "$build_root/gpu/trainer/rodtrain" bench --data "$folder/data" --device cuda --amp $amp
  done
  say "step.py"
  python3 "$root/tests/bench/step.py" "$build_root/gpu/trainer/rodtrain" "$folder/data" "$folder/png" --device cuda "$@"
  return $code
}

case "${1:-}" in
  gather | run) [ -n "${2:-}" ] || die "name a folder" ;;
  *) sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2 ;;
esac
mkdir -p "$2"
folder="$(cd "$2" && pwd)"
"$1" "${@:3}"
