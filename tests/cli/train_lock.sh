# A run folder has one trainer: a second is refused at once, and the first is not disturbed.
. "$(dirname "$0")/small_run"
small_run_in_background --logdir run --epochs 1000
wait_for_checkpoint run $trainer
expect 1 small_run --logdir run --epochs 1000 --resume
grep -q 'in use by another process' messages || fail "$(cat messages)"
kill -0 $trainer || fail "the first trainer is gone"
kill -s TERM $trainer
wait $trainer || true
