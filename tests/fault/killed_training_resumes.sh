# kill -9 at random moments of 60 steps, five times, then --resume: checkpoint files (weights,
# optimiser, positions), best and metrics equal an undisturbed run's byte for byte.
. "$ROD_FAULT/support/training.sh"
runs="$(short_or_long 1 200)" kills_each=5

options="$small_options --max-steps 60 --resume --save-every 2steps --epochs 100"
train() { "$RODTRAIN" $options --logdir "$1" 2> /dev/null; }
began=$(date +%s%N)
train whole
microseconds=$((($(date +%s%N) - began) / 1000))

kills=0
declare -A steps # the newest saved steps when the kills came
for ((run = 0; run < runs; ++run)); do
  rm -rf killed
  for ((kill = 0; kill < kills_each; ++kill)); do
    start "$RODTRAIN" $options --logdir killed
    if [ $kill != 0 ]; then # the first hits the start-up, too
      wait_for_checkpoint killed $trainer
      random_sleep $((microseconds / 6))
    else
      random_sleep $((microseconds / 3))
    fi
    if kill -9 $trainer 2> /dev/null; then
      kills=$((kills + 1))
      step="$(newest killed | tr -dc 0-9 || true)"
      steps[${step:-none}]=1
    fi
    wait $trainer 2> /dev/null || true
  done
  train killed
  same_run whole killed
done
[ ${#steps[@]} -ge "$(short_or_long 3 20)" ] ||
  fail "the kills met only ${#steps[@]} distinct states: ${!steps[*]}"
counted "$kills kills in $runs runs of 60 steps, after ${#steps[@]} distinct saved states: all bytes equal the undisturbed run's"
