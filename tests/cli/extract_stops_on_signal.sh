#!/usr/bin/env bash
# extract: SIGINT gives exit 130 and SIGTERM 143, and the same command goes on.
set -eu
mkdir source
head -c 3000000 /dev/urandom > source/a
for name in $(seq 300); do echo "$name" > "source/$name"; done
tar -cf a.tar source

# Through a pipe, extract waits for the rest while the signal comes. Read first, so that it has
# started.
mkfifo pipe
for signal in INT TERM; do
  rm -rf dest
  # A background job of a script ignores SIGINT; env gives it back.
  env --default-signal=INT "$RODPREP" extract - dest --keep-free 0 < pipe 2> message &
  child=$!
  exec 3> pipe
  head -c 2000000 a.tar >&3
  until [ -e dest/.rodprep-extract/0/part ]; do kill -0 $child; done
  kill -$signal $child
  tail -c +2000001 a.tar >&3 || true
  exec 3>&-
  code=0
  wait $child || code=$?
  [ $code -eq $([ $signal = INT ] && echo 130 || echo 143) ] ||
    { echo "exit code $code"; cat message; exit 1; }
  grep -q 'run the same command again' message
  [ ! -e dest/source/a ]
  "$RODPREP" extract a.tar dest --keep-free 0 -q
  diff -r source dest/source
  [ "$(ls -A dest)" = source ]
done
