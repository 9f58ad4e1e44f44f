# ENOSPC, EIO or EINTR at the N-th write, fsync, rename … of a run that saves after every step: it goes on, or ends with
# code 1 or 4 naming a file; the same line again gives the undisturbed run's bytes.
. "$ROD_FAULT/trainer.sh"
needs strace plain_build
train() { "$RODTRAIN" $small_options --logdir "$1" --resume --max-steps 6 --save-every 1steps; }
train whole 2> /dev/null

tries=0 ended=0
for error in ENOSPC EIO EINTR; do
  for call in write fsync rename ftruncate mkdir unlink; do
    at=1
    [ "$ROD_LONG" = 1 ] || { random 20; at=$((1 + drawn)); }
    while :; do
      rm -rf failed trace
      code=0
      (strace -f -o trace -e trace=$call -e inject=$call:error=$error:when=$at \
        "$RODTRAIN" $small_options --logdir failed --resume --max-steps 6 --save-every 1steps) > /dev/null 2> messages || code=$?
      grep -q INJECTED trace || break
      tries=$((tries + 1))
      case $code in
        0) ;;
        1 | 4) ended=$((ended + 1)); grep -q 'failed\|/' messages || { cat messages; fail "no file is named"; } ;;
        *) cat messages; fail "exit code $code after $error at $call $at" ;;
      esac
      whole_files failed
      train failed 2> /dev/null
      same_run whole failed
      [ "$ROD_LONG" = 1 ] || break
      at=$((at + 1))
    done
  done
done
[ $tries -ge 6 ] || fail "only $tries calls failed"
counted "$tries failed calls of saves, $ended ended the run with a message, every run equal in the end"
