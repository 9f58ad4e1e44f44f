# Each write, fsync, rename and pread of cache fails with ENOSPC, EIO or EINTR, and every write is
# short: exit 4 or 1 naming a file, or success where the call is repeated; nothing half-written
# under a final name; a rerun finishes.
. "$ROD_FAULT/support/failing_cache.sh"
step="$(short_or_long 16 1)"

# inject CALL ERROR CODE: the exit code that must follow
failures=0 repeated=0
inject() {
  local call="$1" error="$2" wanted="$3" all n code
  count_calls $call
  random "$step"
  for ((n = 1 + drawn; n <= all; n += step)); do
    rm -rf out
    code=0
    failing ROD_CALL=$call ROD_AT=$n ROD_FAIL=$error > output 2> messages || code=$?
    [ "$code" = "$wanted" ] ||
      { cat messages; fail "$call $n of $all fails with $error: exit $code, expected $wanted"; }
    if [ "$code" = 0 ]; then
      repeated=$((repeated + 1))
    else
      failures=$((failures + 1))
      grep -q "out\|source.tar" messages ||
        { cat messages; fail "$call $n, $error: the message names no file"; }
    fi
    whole_shards "$call $n, $error"
    rerun_finishes "$call $n, $error"
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

rm -rf out
failing ROD_SHORT=1
diff -r undisturbed out || fail "short writes give other bytes"
counted "$failures runs stopped by ENOSPC or EIO named a file and were finished by a rerun; $repeated EINTR and short writes changed nothing"
