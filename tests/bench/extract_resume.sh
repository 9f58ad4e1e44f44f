#!/usr/bin/env bash
# How much of a plain tar is read twice when extract is killed at 10, 50 and 90% and run again, and
# how long a third run takes.
#
#   RODPREP=build/tools/rodprep tests/bench/extract_resume.sh ARCHIVE.tar
#
# What the killed run has read is what the kernel counted for it (rchar of /proc/PID/io, with some
# libraries' headers).
set -eu
archive=$(realpath "$1") size=$(stat -c %s "$1")
rodprep=$(realpath "${RODPREP:?path of rodprep}")
work=$(mktemp -d "${TMPDIR:-/tmp}/rod-bench-XXXXXX")
trap 'rm -rf "$work"' EXIT
json() { sed -n "s/.*\"$1\": \([0-9.]*\).*/\1/p" "$work/report"; }

printf '%8s %14s %14s %14s %10s %12s %16s\n' killed_% bytes_read_1 bytes_read_2 read_twice \
  "% of it" files_kept "third run s"
for percent in 10 50 90; do
  dest=$work/$percent
  "$rodprep" extract "$archive" "$dest" -q --keep-free 0 &
  child=$!
  read_1=0
  while kill -0 $child 2> "$work/gone" && [ "$read_1" -lt $((size / 100 * percent)) ]; do
    read_1=$(awk '$1 == "rchar:" { print $2 }' /proc/$child/io 2> "$work/gone" || echo "$size")
  done
  kill -STOP $child
  read_1=$(awk '$1 == "rchar:" { print $2 }' /proc/$child/io)
  kill -9 $child
  wait $child 2> "$work/gone" || true
  "$rodprep" extract "$archive" "$dest" -q --keep-free 0 --json > "$work/report"
  read_2=$(json read) kept=$(json kept)
  "$rodprep" extract "$archive" "$dest" -q --keep-free 0 --json > "$work/report"
  [ "$(json read)" = 0 ] || echo "the third run read $(json read) bytes"
  twice=$((read_1 + read_2 - size))
  printf '%8d %14d %14d %14d %10.2f %12d %16.2f\n' $((read_1 * 100 / size)) "$read_1" "$read_2" \
    $twice \
    "$(echo "$twice $size" | awk '{ print 100 * $1 / $2 }')" "$kept" "$(json seconds)"
done
