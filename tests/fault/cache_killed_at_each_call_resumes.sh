# SIGKILL at every write, fsync, rename, unlink and mkdir of cache: what has a final name is whole,
# and a rerun gives the undisturbed bytes.
. "$ROD_FAULT/support/failing_cache.sh"
step="$(short_or_long 6 1)"

killed=0 calls=0
for call in write fsync rename unlink mkdir; do
  count_calls $call
  calls=$((calls + all))
  random "$step"
  for ((n = 1 + drawn; n <= all; n += step)); do
    rm -rf out
    code=0
    { failing ROD_CALL=$call ROD_AT=$n ROD_FAIL=KILL; } > /dev/null 2>&1 || code=$?
    [ "$code" = 137 ] || fail "$call $n of $all: exit code $code, expected to be killed"
    killed=$((killed + 1))
    [ ! -e out/dataset.json ] || cmp out/dataset.json undisturbed/dataset.json ||
      fail "$call $n: another manifest"
    whole_shards "$call $n"
    rerun_finishes "$call $n"
  done
done
counted "$killed kills at $calls write, fsync, rename, unlink and mkdir calls: old or new, never mixed; reruns give the undisturbed bytes"
