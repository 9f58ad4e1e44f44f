# SIGKILL at the N-th write, fsync, rename, truncate, unlink, mkdir of a run that saves after every
# step, in its folder and from another file system: each final name is whole, and the run goes on to
# the undisturbed run's bytes.
. "$ROD_FAULT/support/failing_save.sh"

kills=0
for call in write state fsync rename truncate unlink mkdir; do
  tried="$places"
  [ "$ROD_LONG" = 1 ] || { random 2; [ $drawn = 0 ] && tried=here || tried="${places##* }"; }
  for place in $tried; do
    select_numbers $place $call
    for number in $numbers; do
      anew
      code=0
      saving $place "${calls[@]}" ROD_AT=$number ROD_FAIL=KILL ROD_HIT="$PWD/hit" 2> /dev/null ||
        code=$?
      [ -e hit ] || continue # the threads of this run made fewer
      [ $code = 137 ] ||
        { cat messages; fail "$call $number $place: exit code $code, expected to be killed"; }
      kills=$((kills + 1))
      undisturbed_files
      saving $place || { cat messages; fail "$call $number $place: does not go on"; }
      same_run whole saved
    done
  done
done
[ $kills -ge 5 ] || fail "only $kills kills"
counted "$kills kills at calls of saves ($places): every file whole, every resumed run equal"
