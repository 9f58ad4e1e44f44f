# A loss that is not finite, memory that runs out, a shard that goes away: a named error, no hang,
# the last good checkpoint is kept.
. "$ROD_FAULT/support/training.sh"
needs plain_build
tries="$(short_or_long 1 67)"
limit="$(short_or_long 20 5)" # seconds; ctest may run much beside
large_options="${small_options/--image-size 24 --batch-size 4/--image-size 1600 --batch-size 20}"
# in_time COMMAND…: its exit code in `code`
in_time() {
  code=0
  timeout "$limit" "$@" > output 2> messages || code=$?
  [ $code != 124 ] || { cat messages; fail "no end after $limit s: $*"; }
}
for ((try = 0; try < tries; ++try)); do
  rm -rf wild small new
  small_run --logdir wild --max-steps 3 --epochs 100 2> /dev/null
  cp wild/checkpoints/step-000000003.safetensors good
  small_options="${small_options/--lr 0.01/--lr 1e30}"
  in_time "$RODTRAIN" $small_options --logdir wild --resume --allow-changed --epochs 100
  small_options="${small_options/--lr 1e30/--lr 0.01}"
  [ $code = 1 ] || { cat messages; fail "exit code $code of a run that diverges"; }
  says diverged
  cmp good wild/checkpoints/step-000000003.safetensors ||
    fail "the last good checkpoint has changed"

  small_run --logdir small --max-steps 3 --epochs 100 2> /dev/null
  in_time bash -c "ulimit -v 1000000; exec $RODTRAIN $large_options --logdir new --epochs 1"
  [ $code = 4 ] || { cat messages; fail "exit code $code where memory runs out"; }
  says 'does not fit into memory'

  shard="$(ls data/ROD/*.safetensors | head -n 1)"
  cp "$shard" shard.kept
  truncate -s 9000 "$shard"
  in_time "$RODTRAIN" $small_options --logdir small --resume --epochs 100
  cp shard.kept "$shard"
  [ $code = 3 ] || { cat messages; fail "exit code $code on a cut shard"; }
  says "$shard"
  [ -e small/checkpoints/step-000000003.safetensors ] || fail "the checkpoint is gone"
done
counted "$((3 * tries)) runs ended with a named error and their last good checkpoint"
