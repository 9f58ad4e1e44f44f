# kill -9 at random moments of training, then --resume: weights, optimiser and metrics equal an undisturbed run's.
. "$ROD_FAULT/fault.sh"
needs rodprep rodtrain
. "$ROD_SOURCE/tests/cli/small_run"
runs="$(short_or_long 1 200)" kills_each=5

train() { small_run --logdir "$1" --max-steps 60 --resume --save-every 2steps --epochs 100; }
start=$(date +%s%N)
train whole
microseconds=$((($(date +%s%N) - start) / 1000))

kills=0
for ((run = 0; run < runs; ++run)); do
  rm -rf killed
  for ((kill = 0; kill < kills_each; ++kill)); do
    train killed & trainer=$!
    random_sleep $((microseconds / 2))
    kill -9 $trainer 2> /dev/null && kills=$((kills + 1))
    wait $trainer 2> /dev/null || true
  done
  train killed
  [ "$(weights killed)" = "$(weights whole)" ] || fail "run $run: the weights differ"
  cmp <(metrics whole) <(metrics killed) || fail "run $run: the metrics differ"
done
counted "$kills kills in $runs runs of 60 steps: weights, optimiser and metrics equal the undisturbed run's"
