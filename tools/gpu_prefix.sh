#!/usr/bin/env bash
# Collects what rodtrain needs besides LibTorch in one small folder, for a GPU machine that has
# torch, nvcc and cmake but no package manager.
#
#   bash tools/gpu_prefix.sh DIR [PACKAGE…]   here, on a Debian or Ubuntu machine (installs the five
#                                             -dev packages, and those that are named, if they are
#                                             missing)
#
# and there, beside a copy of this repository:
#
#   cmake -S . -B build -DROD_RODPREP=OFF -DROD_TESTS=OFF \
#     -DCMAKE_PREFIX_PATH="$PWD/DIR;$(python3 -c 'import torch; print(torch.utils.cmake_prefix_path)')"
#   cmake --build build -j 8
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/build.sh"

case "${1:-}" in
  "" | -h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; [ -n "${1:-}" ] &&
    exit 0 || exit 2 ;;
esac
mkdir -p "$1"
prefix="$(cd "$1" && pwd)"
packages=(libcli11-dev nlohmann-json3-dev libfmt-dev libzstd-dev libxxhash-dev "${@:2}")
command -v dpkg-query > /dev/null || die "this script copies packages that apt installed; on other systems copy CLI11, nlohmann-json, fmt, zstd and xxHash by hand"
install_packages "${packages[@]}"

# Headers, libraries and CMake's files, at the same place below DIR as below /usr; links become what
# they point to.
dpkg-query -L "${packages[@]}" | grep -E '^/usr/(include|lib|share)/.*\.(h|hpp|hh|cmake|a|so)$' |
  grep -v '/doc/' | sort -u |
  while read -r file; do
    [ -f "$file" ] || continue
    mkdir -p "$prefix/$(dirname "${file#/usr/}")"
    cp -L "$file" "$prefix/${file#/usr/}"
    # Under each of its names: libfmt.so.9 is what a program looks for, libfmt.so.9.1.0 what CMake's
    # file names.
    case "$file" in *.so) cp -L "$file".* "$prefix/$(dirname "${file#/usr/}")" ;; esac
  done
say "$(du -sh "$prefix" | cut -f1) in $prefix; the three lines for the other machine: bash tools/gpu_prefix.sh --help"
