#!/usr/bin/env bash
# Installs rodprep, and rodtrain where there is a GPU, on a Colab runtime or any Debian or Ubuntu machine. Builds once;
# with --store, later sessions restore the same build in seconds.
#
#   bash tools/colab_setup.sh [--store DIR] [--trainer auto|yes|no] [--prefix DIR] [--from-build DIR]
#
#   --store DIR        keep the build there as a tarball (a folder on the drive), and look for it there first
#   --trainer WHEN     rodtrain too: auto (default): where nvidia-smi finds a GPU; yes; no
#   --prefix DIR       where to install (default: /usr/local as root, else ~/.local)
#   --from-build DIR   pack this finished build folder instead of building
#
# The tarball is keyed by torch version and CUDA, compiler, system and commit: a newer torch or commit means one build more.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/build.sh"
. "$root/tools/install/bundle.sh"

store="" trainer=auto from_build="" prefix=/usr/local
[ "$(id -u)" = 0 ] || prefix="$HOME/.local"
while [ $# -gt 0 ]; do
  case "$1" in
    --store | --trainer | --prefix | --from-build)
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

# Sets torch_version ("2.11.0+cu128"; "none") of python3's torch, without importing it.
find_torch_version() {
  torch_version="$(python3 - << 'END' 2> /dev/null || true
import importlib.util, os, re
folder = importlib.util.find_spec("torch").submodule_search_locations[0]
print(re.search(r"__version__ *= *'([^']+)", open(os.path.join(folder, "version.py")).read()).group(1))
END
)"
  torch_version="${torch_version:-none}"
}

# The commit, and a hash of what was changed since; of all sources where there is no commit.
source_version() {
  local commit changes
  commit="$(git -C "$root" rev-parse --short=12 HEAD 2> /dev/null || echo tree)"
  changes="$(git -C "$root" status --porcelain 2> /dev/null || echo all)"
  if [ -n "$changes" ]; then
    commit="$commit-$(cd "$root" && find CMakeLists.txt lib tools trainer -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-12)"
  fi
  printf %s "$commit"
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
    as_owner chmod +x "$prefix"/bin/rodprep && { [ "$with_trainer" = no ] || as_owner chmod +x "$prefix"/bin/rodtrain "$prefix"/libexec/rod/rodtrain; }
}
as_owner() {  # with root's rights only where the prefix needs them
  local there="$prefix"
  while [ ! -e "$there" ]; do there="$(dirname "$there")"; done
  if [ -w "$there" ]; then "$@"; else as_root "$@"; fi
}

# From the store, if the tarball there is whole: its hash is written last. Copied first: a drive is slow at small reads.
restore() {
  [ -f "$store/$key.sha256" ] && [ -f "$store/$key.tar.gz" ] || return 1
  local copy="$scratch/$key.tar.gz"
  cp "$store/$key.tar.gz" "$copy" || return 1
  if [ "$(sha256sum < "$copy")" != "$(cat "$store/$key.sha256")" ]; then
    say "$store/$key.tar.gz is damaged: building again"
    return 1
  fi
  unpack "$copy" && starts || { say "the stored build does not start on this runtime: building again"; return 1; }
}

# Why the store did not help, in words.
explain() {
  local other
  other="$(cd "$store" 2> /dev/null && ls -t rod-*-"$tail_of_key".sha256 2> /dev/null | head -n 1 || true)"
  if [ -z "$other" ]; then
    say "no build for this runtime in ${store:-a store} yet: building once, which takes some minutes"
  elif [ "${other#rod-"$version"-}" = "$other" ]; then
    say "the source changed since the stored build: building once"
  fi
  for other in "$store"/rod-"$version"-torch*-"$tail_of_key".sha256; do
    [ -e "$other" ] && [ "$with_trainer" = yes ] && [ "$(basename "$other")" != "$key.sha256" ] || continue
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
  build "$folder" "$prefix_of_torch" -DROD_TESTS=OFF -DROD_RODTRAIN="$([ "$with_trainer" = yes ] && echo ON || echo OFF)"
}

# A copy under a fresh name, read back and compared; then the hash, which makes it count. Older builds: the newest four stay.
keep() {  # keep TARBALL
  mkdir -p "$store" 2> /dev/null && cp "$1" "$store/$key.tar.gz" && cmp -s "$1" "$store/$key.tar.gz" &&
    sha256sum < "$1" > "$store/$key.sha256" || { say "could not write to $store: installed here, but not kept for the next session"; return; }
  say "kept in $store ($(du -h "$1" | cut -f1))"
  local old
  for old in $(cd "$store" && ls -t rod-*.sha256 | tail -n +5); do
    : > "$store/${old%.sha256}.tar.gz"  # a deleted file's size would count against the drive's quota
    rm -f "$store/$old" "$store/${old%.sha256}.tar.gz"
  done
}

started=$SECONDS
find_torch_version
case "$trainer" in
  yes | no) with_trainer="$trainer" ;;
  auto) if has_gpu && [ "$torch_version" != none ]; then with_trainer=yes; else with_trainer=no; fi ;;
  *) die "--trainer $trainer: write auto, yes or no" ;;
esac
version="$(source_version)"
tail_of_key="$(compiler_name)-$(system_name)-$(uname -m)-$([ "$with_trainer" = yes ] && echo both || echo rodprep)"
key="rod-$version-torch$([ "$with_trainer" = yes ] && printf %s "$torch_version" || echo -any)-$tail_of_key"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
[ "$with_trainer" = yes ] || [ "$trainer" = no ] || say "no GPU (or no torch) on this runtime: rodprep alone; rodtrain too with --trainer yes"

if [ -n "$store" ] && restore; then
  how="restored from $store"
else
  explain
  make_build
  DESTDIR="" cmake --install "$folder" --prefix "$scratch/tree" --strip > "$scratch/install.log" 2>&1 || { tail -n 20 "$scratch/install.log" >&2; die "installing from $folder failed"; }
  bundle_libraries "$scratch/tree"
  tar -C "$scratch/tree" -cf - . | gzip -1 > "$scratch/$key.tar.gz"
  unpack "$scratch/$key.tar.gz"
  starts || die "what was built does not start: $("$prefix/bin/rodprep" --version 2>&1 | head -n 3) $([ "$with_trainer" = no ] || "$prefix/bin/rodtrain" --version 2>&1 | head -n 3)"
  [ -z "$store" ] || keep "$scratch/$key.tar.gz"
  how="built"
fi
say "rodprep $("$prefix/bin/rodprep" --version)$([ "$with_trainer" = no ] || echo " and rodtrain for torch $torch_version") $how in $((SECONDS - started)) s, in $prefix/bin"
case ":$PATH:" in *":$prefix/bin:"*) ;; *) say "put it on the PATH: export PATH=\"$prefix/bin:\$PATH\"" ;; esac
