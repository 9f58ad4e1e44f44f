# Two trainers on one run folder: the second is refused at once, on this machine and from another
# one; a dead holder is not waited for.
. "$ROD_FAULT/support/training.sh"
tries="$(short_or_long 5 200)"

small_run_in_background --logdir run --epochs 100000 --save-every 1min
wait_for_checkpoint run $trainer
for ((try = 0; try < tries; ++try)); do
  expect 1 small_run --logdir run --epochs 100000 --resume
  says 'in use by another process'
done
kill -0 $trainer || fail "the first trainer is gone"
kill -9 $trainer
wait $trainer || true
expect 0 small_run --logdir run --resume --epochs 1 # the lock of a process that was killed
counted "$tries second trainers refused at once"

holder() {
  printf '{"host":"gone","boot":"b","pid":1,"started":"1","token":"t","beat":%s}\n' \
    $(($(date +%s) - $1)) > run/.lock
}
machines="$(short_or_long 1 50)"
for ((machine = 0; machine < machines; ++machine)); do
  random 270
  holder $drawn
  expect 1 small_run --logdir run --resume --epochs 2
  says 'process 1 on gone'
  holder $((301 + drawn))
  # a machine that is silent for five minutes is dead
  expect 0 small_run --logdir run --resume --epochs 2
done
counted "another machine's lock, $machines times: refused while it beats, free after 5 minutes of silence"
