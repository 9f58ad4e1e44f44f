#!/usr/bin/env bash
# Installs rodprep and rodtrain on a Colab runtime or any Debian or Ubuntu machine: from ready-made
# packages where there are fitting ones, else by building once; with --store, later sessions restore
# that build in seconds.
#
#   bash tools/colab_setup.sh [--store DIR] [--trainer auto|yes|no] [--prefix DIR] \
#     [--packages DIR|no] [--from-build DIR]
#
#   --store DIR        keep the build in DIR (a folder on the drive) as a tarball, and restore it
#                      from there
#   --trainer WHEN     install rodtrain too: auto (default), if there are torch and either a GPU or
#                      a store, so that a free runtime without a GPU builds what a GPU runtime then
#                      restores; yes; no
#   --prefix DIR       where to install (default: /usr/local as root, else ~/.local)
#   --packages DIR     where wheels of tools/package/wheels.sh are (default: the store and the
#                      folder beside this repository; no: build even if there are some)
#   --from-build DIR   pack this finished build folder instead of building
#
# ROD_TORCH=system|python|PREFIX   which LibTorch (default: python3's torch if it imports, else the
#                                  system's)
#
# A package fits by its version, torch's minor version and the processor. The tarball is identified
# by torch and CUDA version, compiler, system and sources; if any of them changes, it is built
# again.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/build.sh"
. "$root/tools/install/bundle.sh"

store="" trainer=auto from_build="" packages="" prefix=/usr/local
[ "$(id -u)" = 0 ] || prefix="$HOME/.local"
while [ $# -gt 0 ]; do
  case "$1" in
    --store | --trainer | --prefix | --packages | --from-build)
      [ $# -ge 2 ] || die "$1 needs a value"
      name="${1#--}"
      printf -v "${name//-/_}" %s "$2"
      shift 2
      ;;
    -h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) die "there is no option '$1'; see --help" ;;
  esac
done

has_gpu() { command -v nvidia-smi > /dev/null && nvidia-smi -L 2> /dev/null | grep -q '^GPU'; }

# The version of python3's torch, as "2.11.0+cu128"; it is not imported, which takes seconds.
# Nothing where there is none.
python_torch_version() {
  python3 - << 'END' 2> /dev/null || true
import importlib.util, os, re
folder = importlib.util.find_spec("torch").submodule_search_locations[0]
text = open(os.path.join(folder, "version.py")).read()
print(re.search(r"__version__ *= *'([^']+)", text).group(1))
END
}

# Sets torch_version of the LibTorch that find_torch takes. The launcher does not know a PREFIX:
# ROD_TORCH_LIB tells it.
find_torch_version() {
  torch_version=""
  case "${ROD_TORCH:-auto}" in auto | python) torch_version="$(python_torch_version)" ;; esac
  [ -z "$torch_version" ] || return 0
  find_torch
  if [ -z "$torch_prefix" ]; then
    torch_version="$(dpkg-query -W -f='${Version}' libtorch-dev)"
    torch_version="${torch_version%-*}"
    return
  fi
  local file lib
  file="$(find -L "$torch_prefix" -name TorchConfigVersion.cmake -print -quit)"
  [ -n "$file" ] ||
    die "ROD_TORCH=$ROD_TORCH holds no LibTorch: there is no TorchConfigVersion.cmake in it"
  lib="$(realpath -m "$(dirname "$file")/../../../lib")"
  torch_version="$(sed -n 's/^set(PACKAGE_VERSION "\([^"]*\)").*/\1/p' "$file")"
  torch_version+="$([ -e "$lib/libtorch_cuda.so" ] && echo +cuda || echo +cpu)"
  export ROD_TORCH_LIB="${ROD_TORCH_LIB:-$lib}"
}

# A hash of what enters the build. Not the notebook, which Colab saves while it runs.
source_version() {
  (cd "$root" && find CMakeLists.txt lib tools trainer -type f ! -name '*.ipynb' ! -name '*.md' ! -path '*/__pycache__/*' \
    ! -path 'tools/colab/*' ! -path 'tools/slurm/*' -print0 | LC_ALL=C sort -z |
      xargs -0 sha256sum | sha256sum | cut -c1-12)
}

system_name() { (. /etc/os-release && printf '%s%s' "${ID:-linux}" "${VERSION_ID:-}"); }
compiler_name() { printf 'gcc%s' "$(g++ -dumpversion 2> /dev/null || echo 0)"; }

# Both programs start: libraries, torch and execute bits are in place.
starts() {
  "$prefix/bin/rodprep" --version > /dev/null 2>&1 || return 1
  [ "$with_trainer" = no ] || "$prefix/bin/rodtrain" --version > /dev/null 2>&1
}

unpack() {  # unpack TARBALL
  as_owner mkdir -p "$prefix" && as_owner tar -xzf "$1" -C "$prefix" --no-same-owner &&
    as_owner chmod +x "$prefix"/bin/rodprep && { [ "$with_trainer" = no ] ||
      as_owner chmod +x "$prefix"/bin/rodtrain "$prefix"/libexec/rod/rodtrain; }
}
as_owner() {  # with root's rights only where the prefix needs them
  local there="$prefix"
  while [ ! -e "$there" ]; do there="$(dirname "$there")"; done
  if [ -w "$there" ]; then "$@"; else as_root "$@"; fi
}

# restore KEY: from the store, if the tarball that the key's pointer names is whole. Copied first: a
# drive is slow at small reads.
restore() {
  local hash name copy="$scratch/$1.tar.gz"
  [ -f "$store/$1.sha256" ] && read -r hash name < "$store/$1.sha256" || return 1
  if ! cp "$store/$name" "$copy" || [ "$(sha256sum < "$copy")" != "$hash  -" ]; then
    say "$store/$name is damaged: building again"
    return 1
  fi
  unpack "$copy" && starts ||
    { say "the stored build does not start on this runtime: building again"; return 1; }
}

# A build for the CPU torch of this minor version, which a session without a GPU made, runs on a
# GPU's torch as well.
restore_cpu_build() {
  local pointer
  [ "$with_trainer" = yes ] || return 1
  local torch_minor
  torch_minor="$(cut -d. -f1,2 <<< "$torch_version")"
  for pointer in "$store"/rod-"$version"-torch"$torch_minor".*+cpu-"$tail_of_key".sha256; do
    [ -e "$pointer" ] && restore "$(basename "$pointer" .sha256)" || continue
    say "the stored build is for this torch without CUDA: on a GPU it trains without CUDA graphs and in one process"
    return
  done
  return 1
}

# package NAME [TORCH]: the path of a ready-made wheel of this version that fits this machine;
# nothing where there is none.
package() {
  local folder
  for folder in "${package_folders[@]}"; do
    ls -t "$folder/$1-$release${2:++torch$2}"-*"_$(uname -m).whl" 2> /dev/null | head -n 1
  done | head -n 1
}

# unpack_package WHEEL: its programs and what belongs to them. pip would do it too, but some
# systems' pip wants no programs here.
unpack_package() {
  as_owner python3 - "$1" "$prefix" << 'END'
import os, sys, zipfile
wheel, prefix = zipfile.ZipFile(sys.argv[1]), sys.argv[2]
for entry in wheel.infolist():
    top, _, rest = entry.filename.partition("/")
    kind, _, name = rest.partition("/")
    if not top.endswith(".data") or kind not in ("scripts", "data") or entry.is_dir():
        continue
    file = os.path.normpath(os.path.join(prefix, "bin" if kind == "scripts" else "", name))
    assert file.startswith(os.path.join(prefix, "")), f"{entry.filename} leads out of {prefix}"
    os.makedirs(os.path.dirname(file), exist_ok=True)
    with open(file + ".part", "wb") as part:
        part.write(wheel.read(entry))
    is_program = kind == "scripts" or entry.external_attr >> 16 & 0o111
    os.chmod(file + ".part", 0o755 if is_program else 0o644)
    os.replace(file + ".part", file)
END
}

# take_packages: installs ready-made packages, if there are fitting ones; says what there is
# otherwise.
take_packages() {
  local rodprep rodtrain="" minor folder wheel offered="" wheels
  rodprep="$(package rodprep)"
  [ -n "$rodprep" ] || return 1
  if [ "$with_trainer" = yes ]; then
    minor="$(cut -d. -f1,2 <<< "$torch_version")"
    rodtrain="$(package rodtrain "$minor")"
    if [ -z "$rodtrain" ]; then
      for folder in "${package_folders[@]}"; do
        for wheel in "$folder/rodtrain-$release+torch"*"_$(uname -m).whl"; do
          [ -e "$wheel" ] || continue
          wheel="${wheel##*+torch}"
          offered+="${offered:+, }${wheel%%-*}"
        done
      done
      [ -z "$offered" ] ||
        say "torch is $torch_version here, and the packages of rodtrain are for torch $offered"
      return 1
    fi
  fi
  wheels=("$rodprep" ${rodtrain:+"$rodtrain"})
  for wheel in "${wheels[@]}"; do
    cp "$wheel" "$scratch/" &&
      unpack_package "$scratch/$(basename "$wheel")" 2> "$scratch/unpack.log" ||
      { say "$wheel is damaged"; return 1; }
  done
  starts || { say "the programs of the packages do not start on this runtime: $("$prefix/bin/rodprep" --version 2>&1 | head -n 3)"; return 1; }
  how="unpacked from $(dirname "$rodprep")"
}

# Why the store did not help, in words.
explain() {
  ! has_gpu || say \
    "this takes minutes of a GPU runtime; a runtime without a GPU can build for it, with --store"
  [ -n "$store" ] || { say "building, which takes some minutes; with --store DIR, the next session restores it from there"; return; }
  local other
  other="$(cd "$store" 2> /dev/null && ls -t rod-*-"$tail_of_key".sha256 2> /dev/null |
    head -n 1 || true)"
  if [ -z "$other" ]; then
    say "no build for this runtime in $store yet: building once, which takes some minutes"
  elif [ "${other#rod-"$version"-}" = "$other" ]; then
    say "the source changed since the stored build: building once"
  fi
  for other in "$store"/rod-"$version"-torch*-"$tail_of_key".sha256; do
    [ -e "$other" ] && [ "$with_trainer" = yes ] && [ "$(basename "$other")" != "$key.sha256" ] ||
      continue
    other="${other##*-torch}"
    say "torch is $torch_version now, the stored build is for ${other%%-*}: building once for the new one"
    return
  done
}

make_build() {
  [ -z "$from_build" ] || { folder="$from_build"; return; }
  install_build_packages
  local prefix_of_torch=""
  if [ "$with_trainer" = yes ]; then find_torch; prefix_of_torch="$torch_prefix"; fi
  folder="$build_root/setup-$key"
  build "$folder" "$prefix_of_torch" -DROD_TESTS=OFF \
    -DROD_RODTRAIN="$([ "$with_trainer" = yes ] && echo ON || echo OFF)"
}

# a deleted file's size would count against the drive's quota
drop() { [ ! -f "$store/$1" ] || { : > "$store/$1"; rm -f "$store/$1"; }; }

# A copy under a fresh name, read back and compared; then the pointer, "HASH  NAME", which makes it
# count. Older builds: the newest four stay.
keep() {  # keep TARBALL
  local hash name old="" pointer="$store/$key.sha256"
  hash="$(sha256sum < "$1")"
  name="$(mktemp -u "$key-XXXXXX.tar.gz")"
  [ ! -f "$pointer" ] || read -r _ old < "$pointer" || true
  mkdir -p "$store" 2> /dev/null && cp "$1" "$store/$name" && cmp -s "$1" "$store/$name" &&
    echo "${hash%-}$name" > "$pointer.part" &&
    mv "$pointer.part" "$pointer" || { say "could not write to $store: installed here, but not kept for the next session"; return; }
  say "kept in $store ($(du -h "$1" | cut -f1))"
  drop "$old"
  for pointer in $(cd "$store" && ls -t rod-*.sha256 | tail -n +5); do
    read -r _ old < "$store/$pointer" || true
    rm -f "$store/$pointer"
    drop "$old"
  done
}

started=$SECONDS
case "$trainer" in
  yes | no) with_trainer="$trainer" ;;
  auto)
    with_trainer=no
    if [ -n "${ROD_TORCH:-}$(python_torch_version)" ] && { has_gpu ||
      [ -n "$store" ]; }; then with_trainer=yes; fi
    ;;
  *) die "--trainer $trainer: write auto, yes or no" ;;
esac
torch_version=-any
[ "$with_trainer" = no ] || find_torch_version
version="$(source_version)"
tail_of_key="$(compiler_name)-$(system_name)-$(uname -m)"
tail_of_key+="-$([ "$with_trainer" = yes ] && echo both || echo rodprep)"
key="rod-$version-torch$torch_version-$tail_of_key"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
[ "$with_trainer" = yes ] || [ "$trainer" = no ] || say "no torch, or neither a GPU nor a store: installing only rodprep; to install rodtrain too, use --trainer yes"
release="$(sed -n 's/^project(rod VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")"
package_folders=(${store:+"$store"} "$(dirname "$root")")
[ -z "$packages" ] || package_folders=("$packages")

how=""
[ "$packages" = no ] || take_packages || true
if [ -n "$how" ]; then
  :
elif [ -n "$store" ] && { restore "$key" || restore_cpu_build; }; then
  how="restored from $store"
else
  explain
  make_build
  DESTDIR="" cmake --install "$folder" --prefix "$scratch/tree" --strip > "$scratch/install.log" \
    2>&1 || { tail -n 20 "$scratch/install.log" >&2; die "installing from $folder failed"; }
  bundle_libraries "$scratch/tree"
  tar -C "$scratch/tree" -cf - . | gzip -1 > "$scratch/$key.tar.gz"
  unpack "$scratch/$key.tar.gz"
  starts || die "the build does not start: $("$prefix/bin/rodprep" --version 2>&1 |
    head -n 3) $([ "$with_trainer" = no ] || "$prefix/bin/rodtrain" --version 2>&1 | head -n 3)"
  [ -z "$store" ] || keep "$scratch/$key.tar.gz"
  how="built"
fi
installed="rodprep $("$prefix/bin/rodprep" --version)"
[ "$with_trainer" = no ] || installed+=" and rodtrain for torch $torch_version"
say "$installed $how in $((SECONDS - started)) s, in $prefix/bin"
[ "$with_trainer" = no ] || [ -z "${ROD_TORCH_LIB:-}" ] ||
  env -u ROD_TORCH_LIB "$prefix/bin/rodtrain" --version > /dev/null 2>&1 ||
  say "rodtrain needs the location of this LibTorch: export ROD_TORCH_LIB=\"$ROD_TORCH_LIB\""
case ":$PATH:" in *":$prefix/bin:"*) ;; *) say \
  "add it to the PATH: export PATH=\"$prefix/bin:\$PATH\"" ;; esac
