# eval, bench and export on a finished run.
. "$(dirname "$0")/small_run"
small_run --logdir run --epochs 1 --json > report.json
grep -q '"step"' report.json

"$RODTRAIN" eval run/best.safetensors --data data --device cpu --json > eval.json
for split in ROD synROD-test; do
  # The metrics of the last epoch and eval's figures are the same numbers.
  accuracy="$(grep -o "\"accuracy.$split\":[^,}]*" run/metrics.jsonl | tail -n 1 | cut -d: -f2)"
  grep -A1 "\"$split\"" eval.json | grep -q "\"accuracy\": $accuracy" ||
    { cat eval.json; fail "$split: not $accuracy"; }
done
"$RODTRAIN" eval run/best.safetensors --data data --device cpu --split ROD | grep -q 'ROD: ' ||
  fail "no table"

# last.safetensors names the newest checkpoint, for every command that reads one, and for other
# programs it has no tensors.
last=run/checkpoints/last.safetensors
[ "$(grep -ao '"newest":"[^"]*"' $last)" = "\"newest\":\"$(newest run)\"" ] ||
  fail "last names another checkpoint than $(newest run)"
"$RODTRAIN" eval $last --data data --device cpu --split ROD --json |
  cmp - <("$RODTRAIN" eval "run/checkpoints/$(newest run)" --data data --device cpu --split ROD \
  --json)
"$RODTRAIN" export $last last.safetensors --json | grep -q '"tensors": [1-9]'
"$RODTRAIN" predict $last data --split ROD --device cpu -q | grep -q '%'
small_run --logdir again --max-steps 1 --pretrained $last

"$RODTRAIN" bench --data data --arch resnet10-slim --image-size 24 --batch-size 4 --device cpu \
  --seconds 0.2 --json > bench.json
[ "$(grep -c 'pairs_per_second": [0-9]*[1-9]' bench.json)" = 8 ] ||
  { cat bench.json; fail "eight rates expected"; }
for part in storage decode assemble loader copy feed step train; do
  grep -q "\"${part}_pairs_per_second\"" bench.json || fail "the bench does not tell $part"
done
"$RODTRAIN" bench --data data --batch-size 4 --shuffle --order window --window 1 --json > \
  shuffle.json
grep -q '"source random"' shuffle.json && grep -q '"target_rot window"' shuffle.json ||
  { cat shuffle.json; fail "orders expected"; }

"$RODTRAIN" eval run/best.safetensors --data data --device cpu --save-features \
  features.safetensors --json | cmp - eval.json
grep -qa '"ROD.features"' features.safetensors || fail "no features"
expect 2 "$RODTRAIN" eval run/best.safetensors --data data --device cpu --save-features features.npy

"$RODTRAIN" export run/best.safetensors model.safetensors --json > /dev/null
! grep -qa 'optimizer\.' model.safetensors || fail "the optimiser is still there"
expect 2 "$RODTRAIN" export run/best.safetensors model.bin
expect 2 "$RODTRAIN" export run/best.safetensors run/../run/best.safetensors
"$RODTRAIN" eval run/best.safetensors --data data --device cpu > /dev/null ||
  fail "export has written over the checkpoint"
[ -n "${ROD_TEST_PYTHON:-}" ] || exit 0
"$ROD_TEST_PYTHON" - <<'PYTHON'
from safetensors.torch import load_file
model = load_file("model.safetensors")
assert model["netG_rgb.conv1.weight"].shape[1] == 3, "conv1"
import json, torch
kept, rod = load_file("features.safetensors"), json.load(open("eval.json"))["ROD"]
shape = kept["ROD.features"].shape
assert shape == (rod["samples"], model["netF.fc1.0.weight"].shape[1]), shape
right = (kept["ROD.logits"].argmax(1) == kept["ROD.label"]).double().mean()
assert abs(right - rod["accuracy"]) < 1e-6, (right, rod["accuracy"])
assert model["netF.fc2.weight"].shape == (3, 1000), model["netF.fc2.weight"].shape
PYTHON
