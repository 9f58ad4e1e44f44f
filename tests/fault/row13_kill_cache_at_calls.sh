# SIGKILL at every write, fsync, rename, unlink and mkdir of cache: what has a final name is whole, and a rerun gives the undisturbed bytes.
. "$ROD_FAULT/fault.sh"
needs rodprep cc
step="$(short_or_long 6 1)"
cc -shared -fPIC -o failing.so "$ROD_FAULT/failing_calls.c" -ldl

"$RODPREP" synth source.tar --pairs 30 --classes 3 --size 32 -q
options=(--size 32 --shard-size 40KB -q -j 2)
"$RODPREP" cache source.tar undisturbed "${options[@]}"

killed=0 calls=0
for call in write fsync rename unlink mkdir; do
  rm -rf out
  ROD_CALL=$call ROD_COUNT=count LD_PRELOAD="$PWD/failing.so" "$RODPREP" cache source.tar out "${options[@]}"
  all="$(cat count)"
  calls=$((calls + all))
  random "$step"
  for ((n = 1 + drawn; n <= all; n += step)); do
    rm -rf out
    code=0
    { ROD_CALL=$call ROD_AT=$n ROD_FAIL=KILL LD_PRELOAD="$PWD/failing.so" \
      "$RODPREP" cache source.tar out "${options[@]}"; } > /dev/null 2>&1 || code=$?
    [ "$code" = 137 ] || fail "$call $n of $all: exit code $code, expected to be killed"
    killed=$((killed + 1))
    [ ! -e out/dataset.json ] || cmp out/dataset.json undisturbed/dataset.json || fail "$call $n: another manifest"
    for shard in out/*/[0-9]*.safetensors; do
      [ ! -e "$shard" ] || cmp "$shard" "undisturbed/${shard#out/}" || fail "$call $n: $shard is not whole"
    done
    "$RODPREP" cache source.tar out "${options[@]}" || fail "$call $n: the rerun fails"
    diff -r undisturbed out || fail "$call $n: the rerun gives other bytes"
  done
done
counted "$killed kills at $calls write, fsync, rename, unlink and mkdir calls: old or new, never mixed; reruns give the undisturbed bytes"
