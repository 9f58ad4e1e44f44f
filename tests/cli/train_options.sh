# The course's spellings, and a run repeated from the config.toml that it left.
. "$(dirname "$0")/small_run"
"$RODTRAIN" --data_root data --logdir course --suffix=_a --arch resnet10-slim --image_size 24 \
  --batch_size 4 --epochs 1 \
  --lr 0.01 --lr_mult 1.0 --weight_decay 0.05 --dropout_p 0.5 --weight_rot 1 --weight_ent 0.1 \
    --test_batches 2 --num_workers 2 \
  --quiet
[ -f course_a/config.toml ] || fail "no run folder with the suffix"

small_run --logdir first --epochs 1 --seed 5 --save-every 3steps
"$RODTRAIN" --config first/config.toml --logdir second
[ "$(weights second)" = "$(weights first)" ] || fail "config.toml did not repeat the run"

small_run --logdir sanity --max-steps 1 --sanitycheck
grep -q '^weight-decay="*0"*$' sanity/config.toml ||
  { cat sanity/config.toml; fail "config.toml says another weight decay than was used"; }

# --amp bf16 computes something else than --amp off, and trains.
small_run --logdir bf16 --max-steps 2 --amp bf16
small_run --logdir f32 --max-steps 2 --amp off
[ "$(weights bf16)" != "$(weights f32)" ] || fail "--amp bf16 changes nothing"

# The launcher has OpenMP's threads not spin for long, unless somebody has said how they wait: in
# the same process, with the same words and name.
mkdir -p prefix/bin prefix/libexec/rod
install -m 755 "$ROD_BINARY/tools/install/rodtrain" prefix/bin/rodtrain
ln -s "$RODTRAIN" prefix/libexec/rod/rodtrain
waits() { # VARIABLE=VALUE…: how that process's threads wait
  env -u GOMP_SPINCOUNT "$@" prefix/bin/rodtrain $small_options --logdir "waits$#" --resume \
    --epochs 1000 2> messages &
  trainer=$!
  wait_for_checkpoint "waits$#" $trainer
  tr '\0' '\n' < /proc/$trainer/environ | grep -E '^(GOMP_SPINCOUNT|OMP_WAIT_POLICY)=' ||
    echo "as always"
  tr '\0' ' ' < /proc/$trainer/cmdline |
    grep -q -- " $small_options --logdir waits$# --resume --epochs 1000 " ||
    fail "other words: $(tr '\0' ' ' < /proc/$trainer/cmdline)"
  [ "$(cat /proc/$trainer/comm)" = rodtrain ] || fail "another name: $(cat /proc/$trainer/comm)"
  kill -s TERM $trainer
  wait $trainer || true
}
[ "$(waits OMP_NUM_THREADS=1)" = "as always" ] || fail "one thread has nobody to wait for"
[ "$(waits OMP_NUM_THREADS=2)" = GOMP_SPINCOUNT=1000 ] ||
  fail "threads spin for long: $(cat messages)"
[ "$(waits OMP_NUM_THREADS=2 OMP_WAIT_POLICY=active)" = OMP_WAIT_POLICY=active ] ||
  fail "$(cat messages)"
