#!/usr/bin/env bash
# extract: a second one with the same destination is refused at once, and the first is not
# disturbed.
set -eu
mkdir source
head -c 3000000 /dev/urandom > source/a
tar -cf a.tar source
mkfifo pipe
"$RODPREP" extract - dest --keep-free 0 -q < pipe &
first=$!
exec 3> pipe
head -c 2000000 a.tar >&3
until [ -e dest/.rodprep-extract/0/part ]; do kill -0 $first; done
code=0
"$RODPREP" extract a.tar dest --keep-free 0 -q 2> err || code=$?
[ $code -eq 1 ] || { echo "exit code $code"; cat err; exit 1; }
grep -q 'in use by another process' err
tail -c +2000001 a.tar >&3
exec 3>&-
wait $first
diff -r source dest/source
