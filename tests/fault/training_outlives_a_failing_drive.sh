# The run folder on a drive that fails: EIO, ENOTCONN, full, hanging, flipping bits, doubling names, short writes, losing what
# was written last. Training continues, its state waits on this machine and is published later; the bytes are the undisturbed run's.
. "$ROD_FAULT/support/drive.sh"
mount_drive
rounds="$(short_or_long 1 56)"
options="${small_options/--quiet/} --logdir drive/run --local-dir local --epochs 1000 --resume"
train() { "$RODTRAIN" $options "$@"; }
undisturbed() { # sets `last`, the end of the next epoch after the newest state, wherever that lies; makes the run to there
  newest="$({ newest cloud/run; newest_local; } | sort | tail -n 1 | step_number)"
  last=$(((newest / 6 + 1) * 6))
  [ -e "whole-$last" ] || small_run --logdir "whole-$last" --max-steps $last --epochs 1000 --save-every 3steps --keep 1000 2> /dev/null
}
same_states() { # what has a final name on the drive is the undisturbed run's; the newest, saved where it was stopped, is whole
  undisturbed
  local file stopped="cloud/run/checkpoints/$(newest cloud/run)"
  for file in cloud/run/checkpoints/step-?????????.safetensors; do # not the drive's own "… (1)"
    [ "$file" = "$stopped" ] || cmp "$file" "whole-$last/checkpoints/$(basename "$file")" || fail "$file is not the undisturbed run's"
  done
  "$RODTRAIN" export "$stopped" whole.safetensors > /dev/null 2> messages || { cat messages; fail "$stopped is not whole"; }
}
compare_to_the_end() {
  undisturbed
  train --max-steps $last > /dev/null 2> messages || { cat messages; fail "going on to step $last"; }
  same_run "whole-$last" cloud/run
}

faults_done=0
for ((round = 0; round < rounds; ++round)); do
  for fault in eio enotconn full corrupt double hang; do
    rm -rf cloud/run local
    start "$RODTRAIN" $options --save-every 3steps
    wait_until reached drive_step 1
    touch faults/$fault
    before="$(local_step)"
    wait_until reached local_step $((before + 1)) # training goes on and saves on this machine
    [ $fault = hang ] || wait_until heard 'Training continues'
    rm faults/$fault
    before="$(drive_step)"
    wait_until reached drive_step $((before + 1)) # and what waited has come home
    kill -s INT $trainer
    code=0
    wait $trainer || code=$?
    [ $code = 130 ] || { cat messages; fail "exit code $code after $fault"; }
    same_states
    compare_to_the_end
    faults_done=$((faults_done + 1))
  done

  # A drive that hangs for ever: a signal ends the run within 10 s, its state waits here, and the next run takes it up. No
  # process is gone while a call of it is with a FUSE drive; this one says so, and is gone when the drive is mounted again.
  rm -rf cloud/run local
  start "$RODTRAIN" $options --save-every 3steps
  wait_until reached drive_step 1
  touch faults/hang
  before="$(local_step)"
  wait_until reached local_step $((before + 1))
  signalled=$(date +%s)
  kill -s TERM $trainer
  wait_until heard 'stopped by SIGTERM'
  [ $(($(date +%s) - signalled)) -le 10 ] || fail "SIGTERM took $(($(date +%s) - signalled)) s"
  says 'the system keeps this process until the drive responds or is unmounted'
  local_step="$(newest_local)"
  remount_drive
  code=0
  wait $trainer || code=$?
  [ $code = 143 ] || { cat messages; fail "exit code $code after SIGTERM under a hanging drive"; }
  compare_to_the_end
  says "resuming from local/runs/.*/$local_step"

  # The drive loses what was written last, in any order: the copy on this machine, or an older state, is taken.
  random 3
  case $drawn in
    0) for file in cloud/run/checkpoints/*; do truncate -s $(($(stat -c %s "$file") / 2)) "$file"; done ;;
    1) rm "cloud/run/checkpoints/$(newest cloud/run)" cloud/run/newest.json ;;
    2) : > cloud/run/metrics.jsonl; mv "cloud/run/checkpoints/$(newest cloud/run)" "cloud/run/checkpoints/copy (1).safetensors" ;;
  esac
  touch faults/short
  compare_to_the_end
  rm faults/short
  # The machine is gone with all that was on it: what the drive holds is enough.
  rm -rf cloud/run local
  start "$RODTRAIN" $options --save-every 3steps
  wait_until reached drive_step 4
  random_sleep 500000
  kill -s KILL $trainer
  wait $trainer || true
  rm -rf local
  compare_to_the_end
  says 'resuming from drive/run/checkpoints/step-'
  faults_done=$((faults_done + 4)) # for ever, lost, short, gone
done
counted "$faults_done faults of the drive: training went on, all bytes equal in the end"
