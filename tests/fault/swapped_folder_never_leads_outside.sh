# A folder of DEST that is swapped for a symbolic link all the time, while files go to it, never
# leads outside.
. "$ROD_FAULT/support/common.sh"
needs rodprep
swaps_wanted="$(short_or_long 300 10000)"
mkdir -p source/a/b outside/b dest/source/a
for name in $(seq 200); do echo "$name" > "source/a/b/$name"; done
tar -cf a.tar source
ln -s "$PWD/outside" link

# DEST keeps source/a, so that files are renamed into it one by one.
swap() {
  local swaps=0
  while [ ! -e stop ]; do
    if mv -T dest/source/a dest/source/aside &&
      cp -P link dest/source/a; then swaps=$((swaps + 1)); echo $swaps > swaps; fi
    rm -f dest/source/a || true
    mv -T dest/source/aside dest/source/a || true
  done 2> swap_messages
}
echo 0 > swaps
swap &
swapper=$!
trap 'touch stop; wait $swapper' EXIT
runs=0
while done_swaps="$(cat swaps)" && [ "${done_swaps:-0}" -lt "$swaps_wanted" ]; do
  # it may be refused, but not be misled
  "$RODPREP" extract a.tar dest --keep-free 0 -q 2> messages || true
  runs=$((runs + 1))
  [ -z "$(find outside -type f)" ] || fail "files escaped: $(find outside -type f)"
  # the swapper may put something back meanwhile
  rm -rf dest/source/a dest/source/aside 2> rm_messages || true
done
counted "$swaps_wanted swaps during $runs extractions: no file escaped"
