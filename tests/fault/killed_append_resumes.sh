# kill -9 at random moments of cache --append: what is there is the old data set or the grown one,
# whole, with the old shards as they were; the same command again ends with the data set that an
# undisturbed append makes.
. "$ROD_FAULT/support/common.sh"
needs rodprep
wanted="$(short_or_long 12 2000)"

"$RODPREP" synth a.tar --pairs 90 --size 64 -q
"$RODPREP" extract a.tar files -q
. "$ROD_SOURCE/tests/cli/other_names"
"$RODPREP" cache a.tar before --size 160 --shard-size 1MB -q
cp -r before grown
start=$(date +%s%N)
"$RODPREP" cache files grown --append -q
microseconds=$((($(date +%s%N) - start) / 1000 + 1))
"$RODPREP" verify grown -q

whole() {  # what a reader finds now
  if cmp -s out/dataset.json before/dataset.json; then
    old=$((old + 1))
  else
    diff -r grown out || fail "after $kills kills it is neither the old data set nor the grown one"
    new=$((new + 1))
  fi
  (cd before && find . -name '*.safetensors') | while read -r shard; do
    cmp "before/$shard" "out/$shard" || fail "the old $shard changed"
  done
  for shard in out/*/[0-9]*.safetensors; do  # a final name means complete
    cmp "$shard" "grown/${shard#out/}" || fail "$shard differs"
  done
}

kills=0 datasets=0 old=0 new=0
cp -r before out
while [ "$kills" -lt "$wanted" ]; do
  random 4
  "$RODPREP" cache files out --append -q -j "$((1 + drawn))" & pid=$!
  random_sleep "$microseconds"
  kill -9 "$pid" 2> /dev/null || true
  code=0
  wait "$pid" 2> /dev/null || code=$?
  case "$code" in
    0)
      diff -r grown out || fail "after $kills kills the data set differs"
      rm -rf out
      cp -r before out
      datasets=$((datasets + 1)) ;;
    137)
      kills=$((kills + 1))
      whole ;;
    *) fail "a run after $kills kills exits with $code" ;;
  esac
done
"$RODPREP" cache files out --append -q
diff -r grown out || fail "the last data set differs"
counted "$kills kills: $old left the old data set, $new the grown one; $((datasets + 1)) data sets equal the undisturbed one"
