# eval, bench and export on a finished run.
. "$(dirname "$0")/small_run"
small_run --logdir run --epochs 1 --json > report.json
grep -q '"step"' report.json

"$RODTRAIN" eval run/best.safetensors --data data --device cpu --json > eval.json
for split in ROD synROD-test; do
  # The metrics of the last epoch and eval's figures are the same numbers.
  accuracy="$(grep -o "\"accuracy.$split\":[^,}]*" run/metrics.jsonl | tail -n 1 | cut -d: -f2)"
  grep -A1 "\"$split\"" eval.json | grep -q "\"accuracy\": $accuracy" || { cat eval.json; fail "$split: not $accuracy"; }
done
"$RODTRAIN" eval run/best.safetensors --data data --device cpu --split ROD | grep -q 'ROD: ' || fail "no table"

"$RODTRAIN" bench --data data --arch resnet10-slim --image-size 24 --batch-size 4 --device cpu --seconds 0.2 --json > bench.json
[ "$(grep -c 'pairs_per_second": [0-9]*[1-9]' bench.json)" = 4 ] || { cat bench.json; fail "four rates expected"; }

"$RODTRAIN" export run/best.safetensors model.safetensors --json > /dev/null
! grep -qa 'optimizer\.' model.safetensors || fail "the optimiser is still there"
expect 2 "$RODTRAIN" export run/best.safetensors model.bin
[ -n "${ROD_TEST_PYTHON:-}" ] || exit 0
"$ROD_TEST_PYTHON" - <<'PYTHON'
from safetensors.torch import load_file
model = load_file("model.safetensors")
assert model["netG_rgb.conv1.weight"].shape[1] == 3, "conv1"
assert model["netF.fc2.weight"].shape == (3, 1000), model["netF.fc2.weight"].shape
PYTHON
