# SIGKILL at every write, fsync, rename, unlink and mkdir of cache: what has a final name is whole, and a rerun gives the undisturbed bytes.
. "$ROD_FAULT/fault.sh"
needs rodprep strace
strace -qq -o trace true 2> /dev/null || skip "strace may not trace here"
step="$(short_or_long 5 1)"

"$RODPREP" synth source.tar --pairs 24 --classes 3 --size 32 -q
options=(--size 32 --shard-size 40KB -q -j 2)
"$RODPREP" cache source.tar undisturbed "${options[@]}"

killed=0
for call in write fsync rename unlink mkdir; do
  strace -f -qq -e trace=$call -o trace "$RODPREP" cache source.tar counted "${options[@]}"
  calls="$(grep -c "$call(" trace || true)"
  rm -rf counted
  random "$step"
  for ((n = 1 + drawn; n <= calls; n += step)); do
    rm -rf out
    code=0
    { strace -f -qq -o trace -e trace=$call -e inject=$call:signal=KILL:when=$n \
      "$RODPREP" cache source.tar out "${options[@]}"; } > /dev/null 2>&1 || code=$?
    [ "$code" != 0 ] || continue  # other threads, other order: that call was not reached
    killed=$((killed + 1))
    [ ! -e out/dataset.json ] || cmp out/dataset.json undisturbed/dataset.json || fail "$call $n: another manifest"
    for shard in out/*/[0-9]*.safetensors; do
      [ ! -e "$shard" ] || cmp "$shard" "undisturbed/${shard#out/}" || fail "$call $n: $shard is not whole"
    done
    "$RODPREP" cache source.tar out "${options[@]}" || fail "$call $n: the rerun fails"
    diff -r undisturbed out || fail "$call $n: the rerun gives other bytes"
  done
done
[ "$killed" -gt 0 ] || fail "nothing was killed"
counted "$killed kills at write, fsync, rename, unlink and mkdir (each ${step}th): old or new, never mixed; reruns give the undisturbed bytes"
