# Each write, fsync, rename and pread of cache fails with ENOSPC, EIO or EINTR, and every write is short: exit 4 or 1 naming a file,
# or success where the call is repeated; nothing half-written under a final name; a rerun finishes.
. "$ROD_FAULT/fault.sh"
needs rodprep cc
step="$(short_or_long 16 1)"
cc -shared -fPIC -o failing.so "$ROD_FAULT/failing_calls.c" -ldl

"$RODPREP" synth source.tar --pairs 30 --classes 3 --size 32 -q
options=(--size 32 --shard-size 40KB -q -j 2)
"$RODPREP" cache source.tar undisturbed "${options[@]}"

# inject CALL ERROR CODE: the exit code that must follow
failures=0 repeated=0
inject() {
  local call="$1" error="$2" wanted="$3" all n code
  rm -rf out
  ROD_CALL=$call ROD_COUNT=count LD_PRELOAD="$PWD/failing.so" "$RODPREP" cache source.tar out "${options[@]}"
  all="$(cat count)"
  random "$step"
  for ((n = 1 + drawn; n <= all; n += step)); do
    rm -rf out
    code=0
    ROD_CALL=$call ROD_AT=$n ROD_FAIL=$error LD_PRELOAD="$PWD/failing.so" \
      "$RODPREP" cache source.tar out "${options[@]}" > output 2> messages || code=$?
    [ "$code" = "$wanted" ] || { cat messages; fail "$call $n of $all fails with $error: exit $code, expected $wanted"; }
    if [ "$code" = 0 ]; then
      repeated=$((repeated + 1))
    else
      failures=$((failures + 1))
      grep -q "out\|source.tar" messages || { cat messages; fail "$call $n, $error: the message names no file"; }
    fi
    for shard in out/*/[0-9]*.safetensors; do
      [ ! -e "$shard" ] || cmp "$shard" "undisturbed/${shard#out/}" || fail "$call $n, $error: $shard is not whole"
    done
    "$RODPREP" cache source.tar out "${options[@]}" || fail "$call $n, $error: the rerun fails"
    diff -r undisturbed out || fail "$call $n, $error: the rerun gives other bytes"
  done
}
inject write ENOSPC 4
inject write EIO 1
inject write EINTR 0
inject fsync EIO 1
inject fsync EINTR 0
inject rename ENOSPC 4
inject rename EIO 1
inject pread EIO 1
inject pread EINTR 0

ROD_SHORT=1 LD_PRELOAD="$PWD/failing.so" "$RODPREP" cache source.tar short "${options[@]}"
diff -r undisturbed short || fail "short writes give other bytes"
counted "$failures runs stopped by ENOSPC or EIO named a file and were finished by a rerun; $repeated EINTR and short writes changed nothing"
