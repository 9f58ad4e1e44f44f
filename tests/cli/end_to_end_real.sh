# Real pairs: extract, cache, train, kill -9, resume, eval; the resumed weights equal an undisturbed
# run's, bit for bit.
[ -n "${ROD_TEST_PYTHON:-}" ] && [ -f "$SHARED/tools/make_rod_tar.py" ] ||
  { echo "skipped: no real images here"; exit 77; }
. "$(dirname "$0")/small_run"

"$ROD_TEST_PYTHON" "$SHARED/tools/make_rod_tar.py" real.tar
"$RODPREP" extract real.tar datasets -q
"$RODPREP" cache datasets/ROD-synROD shards -q
"$RODPREP" verify shards -q

train() { "$RODTRAIN" --data shards --arch resnet10-slim --image-size 64 --batch-size 16 --epochs \
  2 --device cpu -q "$@"; }
train --logdir undisturbed

"$RODTRAIN" --data shards --arch resnet10-slim --image-size 64 --batch-size 16 --epochs 2 --device \
  cpu -q \
  --logdir killed --resume --save-every 1steps &
trainer=$!
for saves in 1 2 3; do wait_for_checkpoint killed "$trainer"; done
kill -9 "$trainer" 2> /dev/null || fail "the run was over before it could be killed"
wait "$trainer" || true
train --logdir killed --resume

[ "$(weights undisturbed)" = "$(weights killed)" ] || fail "the resumed weights differ"
[ "$(metrics undisturbed)" = "$(metrics killed)" ] || fail "the resumed metrics differ"
"$RODTRAIN" eval "$(ls killed/checkpoints/step-*.safetensors | tail -n 1)" --data shards --json -q \
  > eval.json
"$ROD_TEST_PYTHON" -c 'import json; splits = json.load(open("eval.json")); assert 0 <= splits["ROD"]["accuracy"] <= 1 and splits["ROD"]["samples"] == 152, splits'
