#!/usr/bin/env bash
# extract: a read of the archive that fails as a drive's does is tried again, and said; after a
# while it stops, resumably.
set -eu
command -v strace > strace_path || { echo "there is no strace"; exit 77; }
strace -f -o trace true 2> err || { echo "strace may not trace here"; exit 77; }
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" # LeakSanitizer does not work under strace

mkdir source
for name in $(seq 40); do head -c 200000 /dev/urandom > "source/$name"; done
tar -cf a.tar source
gzip -1 -k a.tar

inject() {  # inject ERROR WHEN ARCHIVE OPTION…
  local error=$1 when=$2 archive=$3
  shift 3
  strace -f -qq -o trace -e trace=pread64 -e "inject=pread64:error=$error:when=$when" -P \
    "$PWD/$archive" \
    "$RODPREP" extract "$PWD/$archive" dest --keep-free 0 "$@" 2> err
}

for archive in a.tar a.tar.gz; do
  for error in EIO ENOTCONN; do
    rm -rf dest
    inject $error 12 $archive || { cat err; exit 1; }
    grep -q 'offset [0-9]*: .*; trying again in 0.25 s' err
    diff -r source dest/source
  done
  rm -rf dest
  code=0
  inject EIO 12+ $archive --retry 1s || code=$?
  [ $code -eq 1 ] || { echo "exit code $code"; cat err; exit 1; }
  grep -q 'mount it again and run the same command' err
  "$RODPREP" extract $archive dest --keep-free 0 -q --json > report
  diff -r source dest/source
  [ "$(ls -A dest)" = source ]
done
