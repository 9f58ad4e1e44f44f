# Several processes under torchrun's variables train what one trains: with --sync-bn the same
# weights, to the last bit; --resume works with another number of processes. Without --sync-bn two
# runs of two processes are equal.
. "$(dirname "$0")/several_processes"

"$RODTRAIN" $options --logdir one --max-steps 3
OMP_NUM_THREADS=2 "$RODTRAIN" $options --logdir threads --max-steps 3
expect_equal threads one
for count in 2 4; do
  start $count --logdir "run$count" --max-steps 3
  finish
  expect_equal run$count one
  [ "$(wc -l < run$count/metrics.jsonl)" = "$(wc -l < one/metrics.jsonl)" ] ||
    fail "lines of metrics are doubled"
done

start 2 --logdir other --max-steps 1
finish
start 4 --logdir other --max-steps 2 --resume
finish
"$RODTRAIN" $options --logdir other --max-steps 3 --resume
expect_equal other one

# Without --sync-bn each has statistics of its own, and gradients are averaged in buckets.
options="${options% --sync-bn}"
for run in once again; do
  start 2 --logdir $run --max-steps 2
  finish
done
expect_equal once again
start 2 --logdir resumed --max-steps 1
finish
start 2 --logdir resumed --max-steps 2 --resume
finish
expect_equal resumed once

# torchrun itself, where there is one.
"${ROD_TEST_PYTHON:-false}" -c 'import torch.distributed.run' 2> /dev/null || exit 0
"$ROD_TEST_PYTHON" -m torch.distributed.run --standalone --nproc-per-node 2 --no-python \
  "$RODTRAIN" $options --sync-bn --logdir torchrun --max-steps 3
expect_equal torchrun one
