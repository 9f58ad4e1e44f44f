# What quickstart.sh and test.sh share: packages, LibTorch, the build. To be sourced; defines
# functions only.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
build_root="${ROD_BUILD:-$root/build}"
# Kaggle's inputs are read-only
[ -n "${ROD_BUILD:-}" ] || [ -w "$root" ] || build_root="${TMPDIR:-/tmp}/rod-build-$(id -u)"
jobs="$(nproc)"

say() { printf '\n== %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# as_root COMMAND…: with sudo where we aren't root.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# install_packages NAME…: installs what is missing with apt; on other systems only says what is
# needed.
install_packages() {
  command -v apt-get > /dev/null ||
    { say "no apt-get here: expecting these to be installed: $*"; return; }
  local missing=() name
  for name in "$@"; do
    dpkg-query -W -f='${Status}' "$name" 2> /dev/null | grep -q 'ok installed' || missing+=("$name")
  done
  [ ${#missing[@]} = 0 ] && return
  say "installing ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" > /dev/null
}

# The newest LibTorch that apt offers or has, as "1.13.1"; nothing where there is none.
apt_torch_version() {
  command -v apt-cache > /dev/null || return 0
  apt-cache policy libtorch-dev 2> /dev/null | sed -n 's/^ *Candidate: \([0-9.]*\).*/\1/p'
}

# python_torch PYTHON: the folder of that Python's TorchConfig.cmake; nothing where there is no
# torch. Not imported, which takes seconds.
python_torch() {
  "$1" - << 'END' 2> /dev/null || true
import importlib.util, os
torch = importlib.util.find_spec("torch").submodule_search_locations[0]
folder = os.path.join(torch, "share", "cmake")
assert os.path.isdir(folder)
print(folder)
END
}

# Sets torch_prefix (for CMAKE_PREFIX_PATH; empty: the system's) and torch_name (for the build
# folder), from ROD_TORCH=system|python|PREFIX. Default: python3's torch if it imports, else the
# system's.
find_torch() {
  local wanted="${ROD_TORCH:-auto}"
  torch_prefix=""
  case "$wanted" in
    auto | python)
      torch_prefix="$(python_torch python3)"
      [ -n "$torch_prefix" ] || [ "$wanted" = auto ] ||
        die "ROD_TORCH=python, but python3 can't import torch; try: pip install torch"
      ;;
    system) ;;
    *)
      [ -d "$wanted" ] ||
        die "ROD_TORCH=$wanted is no folder; use system, python, or a folder with LibTorch"
      torch_prefix="$wanted"
      ;;
  esac
  if [ -n "$torch_prefix" ]; then
    torch_name="torch-$(printf %s "$torch_prefix" | cksum | cut -d' ' -f1)"
    return
  fi
  torch_name=torch-system
  dpkg-query -W libtorch-dev > /dev/null 2>&1 || { command -v apt-get > /dev/null &&
    as_root apt-get update -qq; }
  local version
  version="$(apt_torch_version)"
  [ -n "$version" ] && [ "$(printf '%s\n1.13\n' "$version" | sort -V | head -n 1)" = 1.13 ] ||
    die "this system's LibTorch is ${version:-absent}, at least 1.13 is needed; try: pip install torch"
  install_packages libtorch-dev
}

# install_if_offered NAME…: the same, but a system that does not have them does without.
install_if_offered() {
  local offered=() name
  for name in "$@"; do
    if command -v apt-cache > /dev/null &&
      [ -n "$(apt-cache show "$name" 2> /dev/null)" ]; then offered+=("$name"); fi
  done
  [ ${#offered[@]} = 0 ] || install_packages "${offered[@]}"
}

install_build_packages() {
  install_packages g++ cmake ninja-build pkg-config libarchive-dev libopencv-imgproc-dev \
    libtbb-dev libcli11-dev \
    nlohmann-json3-dev libzstd-dev liblz4-dev liblzma-dev libbz2-dev zlib1g-dev libdeflate-dev \
      libpng-dev libjpeg-dev \
    libturbojpeg0-dev libwebp-dev libtiff-dev libstb-dev libxxhash-dev libfmt-dev \
      libcurl4-openssl-dev "$@"
  install_if_offered libgloo-dev  # what several training processes on CPUs talk by
}

# cuda_options: CMake's options for the toolkit that nvcc belongs to, which may be a script that
# calls another, and for CUDA_ARCH ("7.5 9.0") or else the GPU that is there; one a line. Nothing
# where there is no nvcc.
cuda_options() {
  command -v nvcc > /dev/null || return 0
  local probe toolkit arch
  probe="$(mktemp --suffix .cu)"
  toolkit="$(realpath "$(nvcc --dryrun "$probe" 2>&1 | sed -n 's/^#\$ TOP=//p')")"
  rm "$probe"
  arch="${CUDA_ARCH:-$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2> /dev/null | sort -u | tr '\n' ' ')}"
  # CMake's name for the toolkit, and the older one that torch's files use.
  printf '%s\n' "-DCUDAToolkit_ROOT=$toolkit" "-DCUDA_TOOLKIT_ROOT_DIR=$toolkit" \
    "-DCMAKE_CUDA_COMPILER=$toolkit/bin/nvcc" \
    "-DTORCH_CUDA_ARCH_LIST=${arch:-7.5}" \
      "-DCMAKE_CUDA_ARCHITECTURES=$(tr -d . <<< "${arch:-7.5}" | xargs | tr ' ' ';')"
}

# follow_build LOG: copies ninja's output into LOG and shows how far it is: on a terminal on one
# line that is rewritten, elsewhere on a line of its own every 20 s.
follow_build() {
  local line shown=-20 columns=80
  [ ! -t 2 ] || columns="$(tput cols 2> /dev/null || echo 80)"
  : > "$1"
  while IFS= read -r line; do
    printf '%s\n' "$line" >> "$1"
    [[ "$line" =~ ^\[[0-9]+/[0-9]+\] ]] || continue
    if [ -t 2 ]; then
      printf '\r\033[K%s' "${line:0:columns-1}" >&2
    elif [ $((SECONDS - shown)) -ge 20 ]; then
      printf '%s\n' "${line:0:160}" >&2
      shown=$SECONDS
    fi
  done
  [ ! -t 2 ] || printf '\r\033[K' >&2
}

# first_error LOG: the first error of a build and what surrounds it, without the compiler's command
# line.
first_error() {
  awk '
    /^FAILED: / && !found { failed = NR; before = "" }
    { shown = substr($0, 1, 300) }
    /(^|[ :])error[: ]|undefined reference|cannot find -l|Killed/ &&
      !found && !/^\[[0-9]+\// && NR != failed + 1 {
      found = NR
      printf "%s", before
    }
    found && NR < found + 15 { print shown; next }
    NR == failed + 1 { next }  # the command line
    { before = (failed ? before : "") shown "\n" }
    END { if (!found) printf "%s", before }
  ' "$1" | tail -n 40
}

# build FOLDER TORCH_PREFIX [CMAKE OPTION…]: twelve sources a compilation, which takes a third of
# the time of one each. With ccache, where it is installed.
build() {
  local folder="$1" prefix="$2" started=$SECONDS launcher=()
  shift 2
  say "building in $folder with $jobs jobs"
  mkdir -p "$folder"
  if command -v ccache > /dev/null; then
    launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    # without it, nothing with a precompiled header is found again
    export CCACHE_SLOPPINESS="${CCACHE_SLOPPINESS:-pch_defines,time_macros}"
  fi
  # Ninja configures again by itself when a CMakeLists.txt changed: here it is done for other
  # options only.
  local configure=(cmake -S "$root" -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=Release
    -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=12
    -DCMAKE_PREFIX_PATH="$prefix" "${launcher[@]}" "$@")
  if [ ! -e "$folder/build.ninja" ] ||
    [ "$(cat "$folder/configured" 2> /dev/null)" != "${configure[*]} ${CXX:-}" ]; then
    rm -f "$folder/configured"
    if ! "${configure[@]}" > "$folder/configure.log" 2>&1; then
      tail -n 40 "$folder/configure.log" >&2
      die "configuring failed; the whole log is $folder/configure.log"
    fi
    printf '%s\n' "${configure[*]} ${CXX:-}" > "$folder/configured"
  fi
  if ! (set -o pipefail; NINJA_STATUS='[%f/%t] ' cmake --build "$folder" -j "$jobs" 2>&1 |
    follow_build "$folder/build.log"); then
    first_error "$folder/build.log" >&2
    die "building failed, its first error is above; the whole log is $folder/build.log"
  fi
  say "built in $((SECONDS - started)) s"
}
