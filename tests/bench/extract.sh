#!/usr/bin/env bash
# How long unpacking takes: rodprep against GNU tar, bsdtar and the bare cost of writing the files,
# side by side, medians.
#
#   RODPREP=build/tools/rodprep BARE=build/tests/prepare/bench_write_files \
#     tests/bench/extract.sh ARCHIVE [RUNS]
#
# The rivals take turns, each with a fresh folder and after a sync. Nothing is deleted before the
# end: ext4 is slow to reuse the inodes of files that were deleted in the last minutes, which would
# distort what follows. "bare" creates and writes the same files from memory with as many threads;
# it is left out without BARE and for a compressed archive. JOBS: threads.
set -eu
archive=$(realpath "$1") runs=${2:-3} jobs=${JOBS:-$(nproc)}
rodprep=$(realpath "${RODPREP:?path of rodprep}")
bare=$([ -z "${BARE:-}" ] || realpath "$BARE")
work=$(mktemp -d "${TMPDIR:-/tmp}/rod-bench-XXXXXX")
trap 'rm -rf "$work"' EXIT

rivals=(rodprep tar)
! command -v bsdtar > "$work/which" || rivals+=(bsdtar)
case $archive in *.tar) [ -z "$bare" ] || rivals+=(bare) ;; esac

run() {  # run NAME FOLDER
  case $1 in
    rodprep) "$rodprep" extract "$archive" "$2" -q --keep-free 0 --jobs "$jobs" ;;
    bare) mkdir "$2" && "$bare" "$archive" "$2" "$jobs" 64 >> "$work/bare.seconds" ;;
    *) mkdir "$2" && "$1" -xf "$archive" -C "$2" ;;
  esac
}

measure() {  # measure NAME RUN: seconds of wall time, of CPU time and kB of memory
  sync
  # As root, with memory free: else the kernel's reclaiming of earlier runs' pages is measured.
  [ ! -w /proc/sys/vm/drop_caches ] || echo 1 > /proc/sys/vm/drop_caches
  cat "$archive" > /dev/null  # from the page cache for all of them
  export -f run
  export rodprep archive bare jobs work
  /usr/bin/time -a -o "$work/$1.times" -f '%e %U %S %M' bash -c 'run "$@"' - "$1" "$work/$1.$2"
}

for number in $(seq "$runs"); do
  for name in "${rivals[@]}"; do measure "$name" "$number"; done
done

# The bare program's loading of the archive is none of its business.
if [ -e "$work/bare.seconds" ]; then
  paste -d ' ' "$work/bare.seconds" <(cut -d' ' -f2- "$work/bare.times") > "$work/bare.only"
  mv "$work/bare.only" "$work/bare.times"
fi
median() { sort -n |
  awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int((NR + 2) / 2)]) / 2 }'; }
tar_wall=$(cut -d' ' -f1 "$work/tar.times" | median)
echo "$(basename "$archive"): $(stat -c %s "$archive") bytes, $jobs threads, $runs runs, load $(cut -d' ' -f1 /proc/loadavg)"
printf '%-8s %8s %8s %10s %10s  %s\n' program wall_s cpu_s memory_MB "wall/tar" "all wall times"
for name in "${rivals[@]}"; do
  wall=$(cut -d' ' -f1 "$work/$name.times" | median)
  cpu=$(awk '{ print $2 + $3 }' "$work/$name.times" | median)
  memory=$(awk '{ print $4 / 1000 }' "$work/$name.times" | median)
  printf '%-8s %8.2f %8.2f %10.1f %10.2f  %s\n' "$name" "$wall" "$cpu" "$memory" \
    "$(echo "$wall $tar_wall" | awk '{ print $1 / $2 }')" \
      "$(cut -d' ' -f1 "$work/$name.times" | tr '\n' ' ')"
done
