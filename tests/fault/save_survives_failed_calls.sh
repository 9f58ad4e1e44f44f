# ENOSPC, EIO or EINTR at the N-th write, fsync, rename, open, close … of a run that saves after
# every step, in its folder and from another file system, and short writes: it goes on, or ends with
# code 1 or 4 naming a file; the same line again gives the undisturbed run's bytes.
. "$ROD_FAULT/support/failing_save.sh"

tries=0 ended=0
# inject CALL ERROR…
inject() {
  local call="$1" error place tried="$places" number code
  shift
  [ "$ROD_LONG" = 1 ] || { random 2; [ $drawn = 0 ] && tried=here ||
    tried="${places##* }"; random $#; set -- "${@:1+drawn:1}"; }
  for place in $tried; do
    select_numbers $place $call
    for error in "$@"; do
      for number in $numbers; do
        anew
        code=0
        saving $place "${calls[@]}" ROD_AT=$number ROD_FAIL=$error ROD_HIT="$PWD/hit" || code=$?
        [ -e hit ] || continue # the threads of this run made fewer
        tries=$((tries + 1))
        undisturbed_files
        case $code in
          0) ;;
          1 | 4)
            ended=$((ended + 1))
            says 'saved.*: '
            saving $place ||
              { cat messages; fail "$call $number $place, $error: does not go on"; } ;;
          *) cat messages; fail "$call $number $place, $error: exit code $code" ;;
        esac
        same_run whole saved
      done
    done
  done
}
inject write ENOSPC EIO EINTR
inject state ENOSPC EIO EINTR
inject fsync EIO EINTR
inject rename ENOSPC EIO
inject truncate EIO
inject unlink EIO
inject mkdir ENOSPC
inject open ENOSPC EIO
inject close EIO EINTR
for place in $places; do
  anew
  saving $place LD_PRELOAD="$PWD/failing.so" ROD_SHORT=1 ||
    { cat messages; fail "short writes $place"; }
  same_run whole saved
done
[ $tries -ge 6 ] || fail "only $tries calls failed"
counted "$tries failed calls of saves ($places) and short writes, $ended ended the run with a message, every run equal in the end"
