#!/usr/bin/env bash
# extract: a full disk or an I/O error at any write names the file, leaves no half file, and a rerun finishes.
set -eu
command -v strace > strace_path || { echo "there is no strace"; exit 77; }
strace -f -o trace true 2> err || { echo "strace may not trace here"; exit 77; }

mkdir source
for name in $(seq 30); do printf '%*s' $((name * 1000)) "$name" > "source/$name"; done
head -c 2500000 /dev/urandom > source/large
tar -cf a.tar source

attempt() {  # attempt WHEN ERRNO EXPECTED: the WHEN-th write to a file fails
  rm -rf dest
  code=0
  strace -f -qq -o trace -e trace=write -e "inject=write:error=$2:when=$1" \
    "$RODPREP" extract a.tar dest --keep-free 0 -q --jobs 2 2> err || code=$?
  [ $code -eq "$3" ] || { echo "write $1 with $2: exit code $code, expected $3"; cat err; exit 1; }
  grep -q "$4" err
  diff -rq source dest/source > differences || true
  ! grep -v '^Only in source' differences
  [ -z "$(find dest -name part)" ] || { echo "an unfinished file was left"; exit 1; }
  "$RODPREP" extract a.tar dest --keep-free 0 -q
  diff -r source dest/source
  [ "$(ls -A dest)" = source ]
}

# The injection counts per thread; the reader's writes begin with the journal's first line.
for when in 1 2 3; do
  attempt $when ENOSPC 4 'No space left'
  attempt $when EIO 1 'Input/output error'
done
