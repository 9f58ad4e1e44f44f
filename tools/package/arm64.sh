#!/usr/bin/env bash
# Builds lib/ and rodprep for aarch64 with Debian's cross compiler, and shows under qemu-user that
# it writes the same bytes.
#
#   bash tools/package/arm64.sh [--work FOLDER]
#
# Runs the tests of the shard format, its golden files included, and those of pixels; then compares
# the archives that `synth` renders on both processors, and the data sets that both make of one.
# Needs root, debootstrap, a rodprep of the same sources for this machine (ROD_RODPREP=PROGRAM,
# default: that on the PATH) and 3 GB in FOLDER (default: a temporary folder), where the next run
# finds the system and the build again. The suite's other tests are too slow under emulation: see
# `left_out` below.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
. "$here/system.sh"

work=""
while [ $# -gt 0 ]; do
  case "$1" in
    --work) work="${2:?--work needs a folder}"; shift 2 ;;
    *) usage ;;
  esac
done
if [ -z "$work" ]; then
  work="$(mktemp -d)"
  trap 'rm -rf "$work"' EXIT
fi
mkdir -p "$work"
at="$(realpath "$work")/arm64"
say() { printf '== %s (%d s)\n' "$*" "$SECONDS" >&2; }

# What each program of tests runs. Too slow under emulation, at a twentieth of the speed, are the
# tests that try every bit or cut of a file; those of timing (io, stream, store), of whole archives
# (archive, prepare), and all that run programs (cli, fault, doctor). rodtrain is left out: LibTorch
# starts for minutes.
declare -A tests=(
  [base]='*' [shard]='-*AnyBit*:*FlippedBit*:*WhereverItIsCut*' [image]='-*FlippedBit*:*InTime'
  [synth]='*' [dataset]='*')
programs=("${!tests[@]}")
left_out="io stream store archive prepare doctor cli fault trainer"

say "Debian 12 with a cross compiler"
system "$at" bookworm
inside "$at" sh -euc 'dpkg --add-architecture arm64 && apt-get update -qq'
packages "$at" crossbuild-essential-arm64 cmake ninja-build pkg-config qemu-user libcli11-dev nlohmann-json3-dev libstb-dev
needed=()
for name in libarchive libopencv-imgproc libopencv-imgcodecs libtbb libzstd liblz4 liblzma libbz2 zlib1g libdeflate libpng libjpeg libturbojpeg0 libwebp libtiff \
  libxxhash libfmt libgtest libcurl4-openssl; do
  needed+=("$name-dev:arm64")
done
packages "$at" "${needed[@]}"

say "building"
rm -rf "$at/src"
mkdir -p "$at/src" "$at/build"
tar -C "$root" --exclude='./build*' --exclude=./.git -cf - . | tar -C "$at/src" -xf -
inside "$at" PKG_CONFIG_LIBDIR=/usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig sh -euc '
  cmake -S /src -B /build -G Ninja -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++ \
    -DCMAKE_LIBRARY_ARCHITECTURE=aarch64-linux-gnu -DCMAKE_CROSSCOMPILING_EMULATOR=qemu-aarch64 -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=12 -DROD_RODTRAIN=OFF
  cmake --build /build --target rodprep "$@"' - "${programs[@]/#/test_}" > "$at.log" 2>&1 ||
  { tail -n 30 "$at.log" >&2; exit 1; }

for name in "${programs[@]}"; do
  say "the tests of $name under qemu"
  inside "$at" OMP_NUM_THREADS=1 qemu-aarch64 "/build/tests/$name/test_$name" --gtest_brief=1 \
    --gtest_filter="${tests[$name]}" >&2
done

say "one archive on both processors"
rm -rf "$at/tmp/two"
mkdir -p "$at/tmp/two"
inside "$at" sh -euc 'cd /tmp/two
  run="qemu-aarch64 /build/tools/rodprep"
  $run --version
  $run synth a.tar --pairs 470 --classes 47 --size 24 -q
  $run cache a.tar zstd --size 24 -q
  $run cache a.tar raw --size 16 --codec raw -q
  $run verify zstd -q'
native="${ROD_RODPREP:-rodprep}"  # this machine's
(cd "$at/tmp/two"
  "$native" synth native.tar --pairs 470 --classes 47 --size 24 -q
  cmp a.tar native.tar
  "$native" cache a.tar zstd-native --size 24 -q
  "$native" cache a.tar raw-native --size 16 --codec raw -q
  for made in zstd raw; do diff -r "$made" "$made-native"; done)
say "the same bytes; not run: the tests of $left_out"
