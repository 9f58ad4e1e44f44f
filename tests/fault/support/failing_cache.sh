# Sourced by the tests that make calls of cache fail: a small source and its data set in
# undisturbed/, and a library that fails calls.
. "$ROD_FAULT/support/common.sh"
needs rodprep
make_failing_so

"$RODPREP" synth source.tar --pairs 30 --classes 3 --size 32 -q
# a read of the source that fails ends the run, too
options=(--size 32 --shard-size 40KB -q -j 2 --retry 0s)
"$RODPREP" cache source.tar undisturbed "${options[@]}"

# failing VARIABLE=VALUE…: cache into out/, with what failing_calls.c reads
failing() { env "$@" LD_PRELOAD="$PWD/failing.so" "$RODPREP" cache source.tar out "${options[@]}"; }

# count_calls CALL: sets `all` to how many of them an undisturbed cache makes
count_calls() {
  rm -rf out
  failing ROD_CALL=$1 ROD_COUNT=count
  all="$(cat count)"
}

# whole_shards WHAT: what has a final name in out/ is complete
whole_shards() {
  local shard
  for shard in out/*/[0-9]*.safetensors; do
    [ ! -e "$shard" ] || cmp "$shard" "undisturbed/${shard#out/}" || fail "$1: $shard is not whole"
  done
}

# rerun_finishes WHAT: the same command again gives the undisturbed bytes
rerun_finishes() {
  "$RODPREP" cache source.tar out "${options[@]}" || fail "$1: the rerun fails"
  diff -r undisturbed out || fail "$1: the rerun gives other bytes"
}
