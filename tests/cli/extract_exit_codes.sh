#!/usr/bin/env bash
# extract: 0 done, 2 wrong command line, 3 bad archive, 4 does not fit; messages name what to do.
set -eu
expect() {  # expect CODE TEXT command…: exit code and a part of stderr
  local code=0 want=$1 text=$2
  shift 2
  "$@" > out 2> err || code=$?
  [ $code -eq "$want" ] || { echo "$*: exit code $code, expected $want"; cat err; exit 1; }
  [ -z "$text" ] || grep -q -- "$text" err || { echo "$*: no '$text' in:"; cat err; exit 1; }
}

mkdir source
echo 1 > source/a
echo 2 > source/b
tar -cf a.tar source

expect 0 '2 files' "$RODPREP" extract a.tar dest --keep-free 0
expect 0 'were there already' "$RODPREP" extract a.tar dest --keep-free 0
expect 2 'DEST is required' "$RODPREP" extract a.tar
expect 2 'help' "$RODPREP" extract a.tar dest --frobnicate
expect 2 'is not understood' "$RODPREP" extract a.tar dest --limit-bytes huge
expect 3 'No such file' "$RODPREP" extract none.tar dest
echo text > text
expect 3 'not an archive' "$RODPREP" extract text dest
: > empty
expect 3 'not an archive' "$RODPREP" extract empty dest
ln -s /etc/passwd source/link
tar -cf link.tar source
expect 3 'skip-links' "$RODPREP" extract link.tar other
expect 0 'left out source/link' "$RODPREP" extract link.tar other --skip-links
[ ! -e other/source/link ]
echo X > dest/source/a
expect 3 'source/a differs from byte 0' "$RODPREP" extract a.tar dest --verify
expect 4 'limit-entries' "$RODPREP" extract a.tar small --limit-entries 1
expect 3 'deep' "$RODPREP" extract a.tar tight --limit-depth 1 --keep-free 0
expect 3 'bytes' "$RODPREP" extract a.tar tight --limit-path 7 --keep-free 0
expect 4 'keep-free' "$RODPREP" extract a.tar small --keep-free 1000TB
expect 0 'would go to small' "$RODPREP" extract a.tar small --keep-free 0 --dry-run
[ ! -e small ]
expect 0 '' "$RODPREP" extract a.tar --list --include '*/a' --json
[ "$(cat out)" = '{"path":"source/a","type":"file","size":2}' ]
expect 3 '' "$RODPREP" extract none.tar --list --json
[ "$(wc -l < out)" = 1 ]
expect 0 '' "$RODPREP" extract a.tar picked --keep-free 0 --include '*/a' --include '*/b' \
  --exclude source/b --json
grep -q '"files": 1' out
