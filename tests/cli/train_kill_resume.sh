# kill -9 at any moment, then --resume: weights, optimiser and metrics equal an undisturbed run's,
# bit for bit.
. "$(dirname "$0")/small_run"
small_run --logdir whole --epochs 3
kills=0
for round in 1 2 3 4 5 6; do
  small_run_in_background --logdir killed --epochs 3 --resume --save-every 1steps
  wait_for_checkpoint killed $trainer
  sleep "0.0$((round * 7 % 10))"  # somewhere in a step, a save or an evaluation
  kill -9 $trainer 2> /dev/null && kills=$((kills + 1))
  wait $trainer || true
done
[ $kills -ge 3 ] || fail "only $kills of the runs were killed before their end"
small_run --logdir killed --epochs 3 --resume
[ "$(weights killed)" = "$(weights whole)" ] || fail "the weights differ"
metrics whole > whole.metrics
metrics killed > killed.metrics
diff whole.metrics killed.metrics || fail "the metrics differ"
cut -d, -f1-9 whole/metrics.csv > whole.csv
cut -d, -f1-9 killed/metrics.csv > killed.csv
diff whole.csv killed.csv || fail "the tables of metrics differ"
