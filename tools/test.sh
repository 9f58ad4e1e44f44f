#!/usr/bin/env bash
# Installs what is needed, builds everything, and runs every test through ctest.
#
#   bash tools/test.sh [--all] [--sanitize address|thread] [CTEST OPTION…]
#   bash tools/test.sh -R shard                                            some tests alone
#
# --all: for releases; takes hours. Also runs the long forms of the slow tests, the trainer's tests
# with both LibTorchs, the wheel, and Debian 13 with g++ and clang in a chroot. Without it these are
# skipped by name or run in their short form. --sanitize address: builds and tests everything with
# AddressSanitizer and UBSan. --sanitize thread: only the threaded layers without LibTorch and
# oneTBB, which ThreadSanitizer does not support.
#
# ROD_TORCH=system|python|PREFIX   which LibTorch (default: python3's torch if it imports, else the
#                                  system's)
# ROD_BUILD=FOLDER                 where to build (default: build/)
# CXX=clang++                      another compiler than c++
# ROD_SANITIZE=address,undefined   build everything with these sanitizers (or: thread)
# ROD_FUZZ_SECONDS=5               how long each fuzz target runs, where clang can be had
# ROD_TEST_PYTHON=PYTHON|none      a Python with numpy, pillow, safetensors, zstandard, tensorboard,
#                                  webdataset, xxhash, nanobind, torch for the tests that compare
#                                  with other programs (default: one is made in the build folder)
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/build.sh"

# Sets test_python; empty where the packages can't be had: those tests are then skipped by name. The
# build needs nanobind alone; the rest, gigabytes of torch, is installed meanwhile, and
# await_test_python waits for it.
find_test_python() {
  test_python="${ROD_TEST_PYTHON:-}"
  [ "$test_python" != none ] || { test_python=""; return; }
  [ -z "$test_python" ] || return 0
  local folder="$build_root/test-python"
  test_python="$folder/bin/python"
  [ ! -e "$folder/complete" ] || return 0
  say "making a Python environment for the comparing tests in $folder, while the build runs"
  if command -v python3 > /dev/null && python3 -m venv --system-site-packages "$folder" &&
    "$folder/bin/pip" install -q nanobind > "$folder/pip.log" 2>&1; then
    fill_test_python "$folder" >> "$folder/pip.log" 2>&1 &
    test_python_job=$!
    trap 'kill "$test_python_job" 2> /dev/null || true' EXIT
  else
    without_test_python "$folder"
  fi
}

# fill_test_python FOLDER: installs the packages that tests run. `complete` is the sign that all are
# there.
fill_test_python() {
  "$1/bin/pip" install -q numpy pillow safetensors zstandard tensorboard webdataset xxhash \
    nbclient ipykernel mypy || return
  "$1/bin/python" -c 'import torch' 2> /dev/null || "$1/bin/pip" install -q torch==2.13.0 || return
  # Rivals and hosts of the Python package, an S3 server, ONNX; their tests are skipped by name
  # without.
  "$1/bin/pip" install -q torchdata lightning || true
  "$1/bin/pip" install -q 'moto[server]' boto3 onnx onnxruntime onnxscript || true
  # Criteria without labels; the second without what its other parts need, such as a torchvision for
  # another torch.
  "$1/bin/pip" install -q pytorch-metric-learning &&
    "$1/bin/pip" install -q --no-deps pytorch-adapt || true
  touch "$1/complete"
}

without_test_python() {
  say "this failed, see $1/pip.log; tests that compare with Python programs will be skipped"
  test_python=""
}

# await_test_python: waits for find_test_python's packages. Returns 1 where they can't be had.
await_test_python() {
  [ -n "$test_python_job" ] || return 0
  say "waiting for the Python environment"
  wait "$test_python_job" ||
    { without_test_python "$build_root/test-python"; test_python_job=""; return 1; }
  test_python_job=""
}

# with_nanobind PYTHON: that Python, if the package rodprep can be built for it.
with_nanobind() {
  [ -n "$1" ] && "$1" -c 'import nanobind, sysconfig, os; assert os.path.exists(sysconfig.get_path("include") + "/Python.h")' 2> /dev/null && echo "$1" || true
}

# Installs clang and sees that it makes fuzzers; its runtime is a package of its own in Debian, not
# in Ubuntu 22.04.
have_fuzzer() {
  install_packages clang || return 1
  local runtime
  runtime="libclang-rt-$(clang++ -dumpversion | cut -d. -f1)-dev"
  apt-cache show "$runtime" > /dev/null 2>&1 && { install_packages "$runtime" || return 1; }
  echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' |
    clang++ -fsanitize=fuzzer,address -x c++ - -o /dev/null 2> /dev/null
}

# run_tests FOLDER [CTEST OPTION…]
run_tests() {
  local folder="$1"
  shift
  say "testing in $folder"
  # one more than cores: some tests wait for a clock
  ctest --test-dir "$folder" --output-on-failure -j $((jobs + 1)) "$@"
}

sanitize=""
while :; do
  case "${1:-}" in
    --all) export ROD_ALL=1; shift ;;
    --sanitize)
      case "${2:-}" in
        address) ROD_SANITIZE=address,undefined ;;
        thread) ROD_SANITIZE=thread ;;
        *) die "--sanitize takes address or thread" ;;
      esac
      sanitize="$2"
      shift 2
      ;;
    *) break ;;
  esac
done
export ROD_SANITIZE="${ROD_SANITIZE:-}"  # the fault rows leave out what a sanitizer does not allow
# Memory that can't be had is a case to test, and some tests put a library of their own before all
# others.
[[ "$ROD_SANITIZE" != *address* ]] ||
  export ASAN_OPTIONS=allocator_may_return_null=1:verify_asan_link_order=0

install_build_packages libopencv-imgcodecs-dev libgtest-dev python3-venv python3-dev strace bzip2 \
  lz4 xz-utils zstd fuse3 libfuse3-dev
# The version of clang-format that docs.Format asks.
install_if_offered man-db libfaketime patchelf clang-format-14
# A Slurm of the test's own, which root alone can start; 7 MB. Without it that test is skipped by
# name.
[ "$(id -u)" != 0 ] || install_if_offered slurmctld slurmd slurm-client munge ||
  say "no Slurm here: its test is skipped"
if [ "$sanitize" = thread ]; then
  folder="$build_root/thread"
  build "$folder" "" -DROD_RODPREP=OFF -DROD_RODTRAIN=OFF -DROD_SANITIZE=thread
  run_tests "$folder" -R '^(base|shard|store|stream)\.' "$@"
  exit
fi
find_torch
test_python_job=""
find_test_python

# The programs are built with the system's LibTorch. The trainer's own tests run with pip's newest
# one where it can be had, as they are faster with it, and otherwise with the system's; with --all,
# with both.
newest_too() {
  [ -z "$torch_prefix$ROD_SANITIZE" ] && [ -n "$test_python" ] && { [ -n "$test_python_job" ] ||
    [ -n "$(python_torch "$test_python")" ]; }
}
build_all() {
  local tests=ON
  ! newest_too || [ -n "${ROD_ALL:-}" ] || tests=without-trainer
  build "$folder" "$torch_prefix" -DROD_TESTS="$tests" -DROD_SANITIZE="$ROD_SANITIZE" \
    -DROD_TEST_PYTHON="$test_python" \
    -DROD_PYTHON="$(with_nanobind "$test_python")"
}
folder="$build_root/$torch_name${ROD_SANITIZE:+-${ROD_SANITIZE//,/-}}"
build_all
await_test_python || build_all
run_tests "$folder" "$@"

# The parsers once more, built by clang with sanitizers, over bytes that a fuzzer makes up.
if [ -z "$ROD_SANITIZE" ]; then
  if have_fuzzer; then
    folder="$build_root/fuzz"
    build "$folder" "" -DCMAKE_CXX_COMPILER=clang++ -DROD_FUZZ=ON \
      -DROD_FUZZ_SECONDS="${ROD_FUZZ_SECONDS:-5}"
    run_tests "$folder" "$@"
  else
    say "no clang with libFuzzer here: the fuzz targets are skipped"
  fi
fi

# With -O1, which compiles sooner: what is tested here is that the trainer compiles with this
# LibTorch and computes the same.
if newest_too; then
  folder="$build_root/torch-newest"
  build "$folder" "$(python_torch "$test_python")" -DROD_RODPREP=OFF -DROD_TESTS=trainer \
    -DROD_TEST_PYTHON="$test_python" \
    "-DCMAKE_CXX_FLAGS_RELEASE=-O1 -DNDEBUG"
  run_tests "$folder" "$@"
fi
