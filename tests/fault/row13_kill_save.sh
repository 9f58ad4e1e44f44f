# SIGKILL at the N-th write, fsync, rename, unlink … of a run that saves after every step: each final name is whole, and
# the run goes on to the undisturbed run's bytes. Short: some N; long: every N until a run comes through.
. "$ROD_FAULT/trainer.sh"
needs strace plain_build
train() { "$RODTRAIN" $small_options --logdir "$1" --resume --max-steps 6 --save-every 1steps; }
train whole 2> /dev/null

kills=0
for call in write fsync rename ftruncate unlink; do
  at=1
  while :; do
    rm -rf killed
    code=0
    (strace -f -o /dev/null -e trace=$call -e inject=$call:signal=KILL:when=$at \
      "$RODTRAIN" $small_options --logdir killed --resume --max-steps 6 --save-every 1steps) > /dev/null 2>&1 || code=$?
    [ $code != 0 ] || break
    kills=$((kills + 1))
    whole_files killed
    train killed 2> /dev/null
    same_run whole killed
    if [ "$ROD_LONG" = 0 ]; then
      random 12
      at=$((at + 2 + drawn))
      [ $at -le 30 ] || break
    else
      at=$((at + 1))
    fi
  done
done
[ $kills -ge 5 ] || fail "only $kills kills"
counted "$kills kills at calls of saves: every file whole, every resumed run equal"
