# A shard that is cut while training reads it: an error that names it within 5 s, and the last
# checkpoint is whole. One that is deleted stays open, so that the run goes on; the next run names
# it.
. "$ROD_FAULT/support/common.sh"
needs rodprep rodtrain
. "$ROD_SOURCE/tests/cli/small_run"
rounds="$(short_or_long 1 67)"
mv data whole

# start_run OPTION…: a run of its own on a fresh copy of the data, until it has a checkpoint
start_run() {
  rm -rf data run
  cp -r whole data
  small_run_in_background --logdir run --epochs 100000 --save-every 2steps "$@"
  wait_for_checkpoint run $trainer
  kill -0 $trainer 2> /dev/null || { cat messages; fail "the run did not start"; }
}
# ends_with CODE SECONDS
ends_with() {
  for _ in $(seq $(($2 * 50))); do
    kill -0 $trainer 2> /dev/null || break
    sleep 0.02
  done
  if kill -0 $trainer 2> /dev/null; then kill -9 $trainer; fail "still runs after $2 s"; fi
  code=0
  wait $trainer || code=$?
  [ "$code" = "$1" ] || { cat messages; fail "exit code $code, expected $1"; }
}
whole_checkpoint() { "$RODTRAIN" export "run/checkpoints/$(newest run)" exported.safetensors > \
  /dev/null || fail "the checkpoint is not whole"; }

for ((round = 0; round < rounds; ++round)); do
  for residency in stream ram device; do
    start_run --residency $residency
    if [ $residency = device ]; then  # reads nothing more until the next evaluation
      kill -INT $trainer
      ends_with 130 10
      continue
    fi
    # Anywhere; with ram before most pairs, as those that were decoded are not read again.
    [ $residency = ram ] && random 5000 || random "$(stat -c %s whole/ROD/00000.safetensors)"
    truncate -s $drawn data/ROD/00000.safetensors
    ends_with 3 5
    grep -q 'data/ROD/00000.safetensors' messages ||
      { cat messages; fail "cut at $drawn: the shard is not named"; }
    whole_checkpoint
  done
  start_run
  rm data/synROD-train/00000.safetensors
  wait_for_checkpoint run $trainer
  kill -INT $trainer
  ends_with 130 10
  whole_checkpoint
  expect 3 small_run --logdir run --resume
  grep -q 'data/synROD-train/00000.safetensors' messages ||
    { cat messages; fail "the shard that is gone is not named"; }
done
counted "$((2 * rounds)) shards cut and $rounds deleted while training: named, the last checkpoint whole"
