# kill -9 at random moments of cache, then the same command again: shards that are finished stay as
# they are, and the data set is byte for byte that of an undisturbed run, whatever number of threads
# each run has.
. "$ROD_FAULT/support/common.sh"
needs rodprep
wanted="$(short_or_long 25 5000)"

"$RODPREP" synth source.tar --pairs 150 --size 64 -q
options=(--size 160 --shard-size 1MB -q)
start=$(date +%s%N)
"$RODPREP" cache source.tar undisturbed "${options[@]}"
microseconds=$((($(date +%s%N) - start) / 1000 + 1))

kills=0 datasets=0 kept=0
while [ "$kills" -lt "$wanted" ]; do
  random 4
  jobs=$((1 + drawn))
  "$RODPREP" cache source.tar out "${options[@]}" -j "$jobs" & pid=$!
  random_sleep "$microseconds"
  kill -9 "$pid" 2> /dev/null || true
  code=0
  wait "$pid" 2> /dev/null || code=$?
  case "$code" in
    0) # the rest of the work took less than that
      diff -r undisturbed out || fail "after $kills kills the data set differs"
      rm -rf out
      datasets=$((datasets + 1)) ;;
    137)
      kills=$((kills + 1))
      [ ! -e out/dataset.json ] || diff -r -x .rodprep-cache.json undisturbed out ||
        fail "complete, but different"
      for shard in out/*/[0-9]*.safetensors; do  # a final name means complete
        [ ! -e "$shard" ] || { cmp "$shard" "undisturbed/${shard#out/}" && kept=$((kept + 1)); } ||
          fail "$shard differs"
      done ;;
    *) fail "a run after $kills kills exits with $code" ;;
  esac
done
"$RODPREP" cache source.tar out "${options[@]}"
diff -r undisturbed out || fail "the last data set differs"
"$RODPREP" verify out -q
counted "$kills kills, $((datasets + 1)) data sets equal the undisturbed one, $kept shards under final names compared"
