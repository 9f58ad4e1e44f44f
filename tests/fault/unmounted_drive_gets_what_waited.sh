# A drive that is unmounted while a run trains: what lies at its place on this machine's disk is not
# taken for it; mounted again, it gets all that waited, and the run goes on to the undisturbed run's
# bytes.
. "$ROD_FAULT/support/drive.sh"
rounds="$(short_or_long 1 20)"
options="${small_options/--quiet/} --epochs 100000 --save-every 3steps --resume --local-dir local"
train() { "$RODTRAIN" $options "$@"; }

for ((round = 0; round < rounds; ++round)); do
  mount_drive
  start "$RODTRAIN" $options --logdir drive/run
  wait_for_checkpoint drive/run $trainer
  kill -s KILL $drive
  unmount_drive
  wait_until heard 'no longer mounted'
  random_sleep 1000000
  [ -z "$(ls -A drive)" ] || { ls -laR drive; fail "something was written below the mount point"; }
  mount_drive
  wait_until heard 'is writable again'
  kill -s TERM $trainer
  code=0
  wait $trainer || code=$?
  [ $code = 143 ] || { cat messages; fail "exit code $code"; }
  says 'the state is saved'
  whole_files drive/run

  last=$((($(newest drive/run | step_number) / 6 + 1) * 6))
  train --logdir drive/run --max-steps $last 2> messages ||
    { cat messages; fail "going on to step $last"; }
  train --logdir whole --max-steps $last 2> messages
  same_run whole drive/run
  unmount_drive
  rm -rf drive cloud local whole
done
counted "$rounds times: nothing was written beside the drive, all was published when it was back, equal bytes"
