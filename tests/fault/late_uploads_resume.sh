# A drive that takes what is written at once but brings it to the cloud late, in any order, and a machine that vanishes in between
# with all that was not there yet: the next machine goes on from what the cloud has, and the states are the undisturbed run's.
. "$ROD_FAULT/support/drive.sh"
rounds="$(short_or_long 2 100)" kills_each=3 late=500 # milliseconds; a state is made each 100 or so
options="${small_options/--quiet/} --logdir drive/run --local-dir local --epochs 1000 --resume --save-every 6steps --keep 30"

# new_machine: its drive shows what the cloud has; what waits on it is for this machine alone
new_machine() {
  rm -rf cloud local
  cp -r uploaded cloud
  random 1000000
  mount_drive uploaded $late $drawn
}
vanish() {
  kill -s KILL $trainer $drive
  wait $trainer 2> /dev/null || true
  unmount_drive
}
in_the_cloud() { [ "$(newest uploaded/run)" = "$(newest cloud/run)" ]; }
# whole_until STEP: the undisturbed run in whole/, to STEP and back
whole_until() { small_run --logdir whole --max-steps "$1" --epochs 1000 --save-every 6steps --keep 1000 --resume 2> /dev/null; }

mkdir uploaded
kills=0 resumed=0 behind=0
for ((round = 0; round < rounds; ++round)); do
  rm -rf uploaded/*
  for ((kill = 0; kill < kills_each; ++kill)); do
    new_machine
    start "$RODTRAIN" $options
    wait_for_checkpoint uploaded/run $trainer
    kill -0 $trainer || { cat messages; fail "the trainer ended by itself"; }
    random_sleep 1000000
    if [ $kill = 1 ]; then # now, while a state is on its way
      for _ in $(seq 2000); do in_the_cloud || break; sleep 0.01; done
    fi
    in_the_cloud || behind=$((behind + 1))
    if [ $kill != 0 ]; then
      says 'resuming from drive/run/checkpoints/step-'
      resumed=$((resumed + 1))
    fi
    vanish
    kills=$((kills + 1))
  done

  new_machine
  last=$((($(newest uploaded/run | step_number) / 6 + 3) * 6))
  "$RODTRAIN" $options --max-steps $last > /dev/null 2> messages || { cat messages; fail "going on to step $last"; }
  says 'resuming from drive/run/checkpoints/step-'
  fusermount3 -u drive || umount drive # and so uploads the rest
  wait $drive
  rm -rf whole
  whole_until $last
  for file in uploaded/run/checkpoints/step-*.safetensors; do
    cmp "$file" "whole/checkpoints/${file##*/}" || fail "$file is not the undisturbed run's"
  done
  [ "$(newest uploaded/run)" = "$(newest whole)" ] || fail "the cloud lacks the last state"
  # Lines that came to the cloud later than the state after them are lost; those that are there are right, and none is double.
  [ -z "$(metrics uploaded/run | sort | uniq -d)" ] || fail "lines of metrics are double"
  [ -z "$(comm -23 <(metrics uploaded/run | sort) <(metrics whole | sort))" ] || fail "lines of metrics are not the undisturbed run's"
done
[ $behind -gt 0 ] || fail "the cloud was never behind"
counted "$kills machines vanished, $behind with a state that was not in the cloud yet, $resumed had gone on from a state there: all states equal the undisturbed run's"
