#!/usr/bin/env bash
# install.sh yes|no: what tools/colab_setup.sh costs with (yes) or without the trainer: built from
# nothing, and restored. A compiler cache is switched off.
set -euo pipefail
source="$(cd "$(dirname "$0")/../.." && pwd)"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
export CCACHE_DISABLE=1 ROD_BUILD="$folder/build"
seconds() { local start; start="$(date +%s.%N)"; "$@" > "$folder/log" 2>&1 ||
  { cat "$folder/log"; exit 1; }; awk -v a="$start" -v b="$(date +%s.%N)" \
  'BEGIN {printf "%.1f", b - a}'; }

setup=(bash "$source/tools/colab_setup.sh" --store "$folder/store" --trainer "$1")
echo "trainer: $1, cores: $(nproc), load before: $(cut -d' ' -f1 /proc/loadavg)"
echo "built: $(seconds "${setup[@]}" --prefix "$folder/one") s"
for n in 1 2 3; do echo "restored: $(seconds "${setup[@]}" --prefix "$folder/again$n") s"; done
echo "tarball: $(du -m "$folder"/store/*.tar.gz | cut -f1) MiB"
echo "installed: $(du -sm "$folder/one" | cut -f1) MiB"
