#!/usr/bin/env bash
# cache and verify --repair: a call for the source that fails as a drive's does is made again, and
# said; after a while it stops, resumably.
set -eu
command -v strace > strace_path || { echo "there is no strace"; exit 77; }
strace -f -o trace true 2> err || { echo "strace may not trace here"; exit 77; }
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" # LeakSanitizer does not work under strace

"$RODPREP" synth a.tar --pairs 80 --size 32 -q
archive="$PWD/a.tar" folder="$PWD/folder" # strace compares paths as the calls have them
mkdir "$folder"
tar -xf a.tar -C "$folder"
image="$(find "$folder" -name '*.png' | sort | tail -n 1)"
"$RODPREP" cache a.tar whole --size 32 -q

inject() { # inject CALL ERROR WHEN PATH COMMAND…: CALL for PATH fails
  local call=$1 error=$2 when=$3 path=$4
  shift 4
  strace -f -qq -o trace -e "trace=$call" -e "inject=$call:error=$error:when=$when" -P "$path" \
    "$RODPREP" "$@" 2> err
}
cached() { cmp "$1/dataset.json" whole/dataset.json && diff -r "$1" whole; }
# tries WHAT SOURCE CALL ERROR WHEN PATH: made again, WHAT is said, the data set is the same
tries() {
  local what=$1 source=$2
  shift 2
  rm -rf shards
  inject "$@" cache "$source" shards --size 32 --jobs 1 || { cat err; exit 1; }
  grep -q "can't $what: .*; trying again in 0.25 s" err ||
    { echo "$*: not said:"; cat err; exit 1; }
  cached shards
}

for error in EIO ENOTCONN; do
  tries 'read at offset [0-9]*' "$archive" pread64 $error 12 "$archive"
  tries 'read at offset 0' "$folder" pread64 $error 1 "$image"
  tries 'open' "$folder" openat $error 1 "$image"
  tries 'list the folder' "$folder" openat $error 1 "$folder"
done

for source in "$archive" "$folder"; do
  path="$archive" when=12+
  [ "$source" = "$archive" ] || path="$image" when=1+
  rm -rf shards
  code=0
  inject pread64 EIO $when "$path" cache "$source" shards --size 32 --jobs 1 --retry 1s || code=$?
  [ $code -eq 1 ] || { echo "exit code $code"; cat err; exit 1; }
  grep -q 'mount it again and run the same command' err
  "$RODPREP" cache "$source" shards --size 32 -q
  cached shards
done

rm -rf shards
cp -r whole shards
truncate -s -1 shards/synROD-*/*.safetensors # the image is in one of them
inject pread64 EIO 1 "$image" verify shards --repair "$folder" --jobs 1 || { cat err; exit 1; }
grep -q 'trying again in 0.25 s' err
cached shards
