#!/usr/bin/env bash
# extract: killed at random moments and run again, the tree is that of an undisturbed run.
set -eu
: "${SEED:=$RANDOM}" "${KILLS:=20}"
echo "SEED=$SEED KILLS=$KILLS"
RANDOM=$SEED

mkdir source
for folder in $(seq 40); do
  mkdir "source/$folder"
  for name in $(seq 50); do printf '%*s' $(((name * folder * 37) % 9000)) "$name" > "source/$folder/$name.png"; done
done
head -c 5000000 /dev/urandom > source/large.bin
tar -cf a.tar source

half_written() {  # files under their final names that are not the source's
  [ ! -d dest/source ] || diff -rq source dest/source | grep -v '^Only in source' || true
}

for kill in $(seq "$KILLS"); do
  [ $((kill % 5)) -ne 1 ] || rm -rf dest
  "$RODPREP" extract a.tar dest --keep-free 0 -q --jobs $((1 + RANDOM % 4)) &
  child=$!
  sleep "0.$(printf %03d $((RANDOM % 150)))"
  kill -9 $child 2> killed || true
  wait $child 2> killed || true
  bad=$(half_written)
  [ -z "$bad" ] || { echo "after kill $kill: $bad"; exit 1; }
done

"$RODPREP" extract a.tar dest --keep-free 0 -q --json > report.json
diff -r source dest/source
[ "$(ls -A dest)" = source ]
grep -q '"files": 2001' report.json
"$RODPREP" extract a.tar dest --verify -q
