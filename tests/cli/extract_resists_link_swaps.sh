#!/usr/bin/env bash
# extract: a folder of DEST that is swapped for a symbolic link all the time never leads outside.
set -eu
: "${ROUNDS:=10}"
mkdir -p source/a/b outside/b
for name in $(seq 200); do echo "$name" > "source/a/b/$name"; done
tar -cf a.tar source
ln -s "$PWD/outside" link

swap() {
  while [ ! -e stop ]; do
    mv -T dest/source/a dest/source/aside 2> swap_err && cp -P link dest/source/a 2> swap_err || true
    rm -f dest/source/a 2> swap_err || true
    mv -T dest/source/aside dest/source/a 2> swap_err || true
  done
}
swap &
swapper=$!
trap 'touch stop; wait $swapper' EXIT
for _ in $(seq "$ROUNDS"); do
  "$RODPREP" extract a.tar dest --keep-free 0 -q 2> err || true  # it may be refused, but not be misled
  until rm -rf dest 2> rm_err; do :; done  # the swapper may put something back meanwhile
done
[ -z "$(find outside -type f)" ] || { echo "files escaped:"; find outside -type f; exit 1; }
