#!/usr/bin/env bash
# Every method over several seeds on one rendered archive: which of them help on the target domain?
#
#   bash tests/bench/methods.sh FOLDER [SECONDS]
#
# Trains in FOLDER for SECONDS (default: until all is done) and prints the table of what is complete; the same line goes
# on where it stopped. RODPREP and RODTRAIN name the programs, METHODS and SEEDS choose ("rr source-only", "1 2 3"), and
# EPOCHS says how long a run is (default: 12).
set -euo pipefail
folder="$1"
deadline=$(($(date +%s) + ${2:-1000000}))
rodprep="${RODPREP:-build/torch-system/tools/rodprep}"
rodtrain="${RODTRAIN:-build/torch-system/trainer/rodtrain}"
methods="${METHODS:-source-only rr rotation rr-regression rr-regression-tanh dann mmd afn afn-hard}"
seeds="${SEEDS:-1 2 3}"

# All methods have the same network, epochs, batches and rates: those of tools/quickstart.sh. Nothing was tuned for one of them.
settings="--arch resnet10-slim --image-size 64 --batch-size 32 --lr 0.003 --weight-decay 0.005 --epochs ${EPOCHS:-12}"
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"

mkdir -p "$folder"
if [ ! -e "$folder/data/dataset.json" ]; then
  "$rodprep" synth "$folder/synth.tar" --pairs 1800 --classes 6 --size 73 --quiet
  "$rodprep" cache "$folder/synth.tar" "$folder/data" --size 73 --quiet
fi

for seed in $seeds; do
  for method in $methods; do
    run="$folder/$method-$seed"
    left=$((deadline - $(date +%s)))
    [ ! -e "$run.json" ] || continue
    [ "$left" -gt 5 ] || continue
    code=0
    "$rodtrain" --data "$folder/data" --logdir "$run" --resume $settings --method "$method" --seed "$seed" --device cpu \
      --max-time "${left}s" --keep 1 --quiet --json > "$run.part" || code=$?
    [ "$code" = 75 ] || [ "$code" = 0 ] || { cat "$run.part"; exit "$code"; }
    [ "$code" = 75 ] || mv "$run.part" "$run.json"
  done
done

# The accuracy after the last epoch: choosing the best epoch would need the target's labels.
python3 - "$folder" $methods <<'PYTHON'
import json, pathlib, statistics, sys

folder, methods = pathlib.Path(sys.argv[1]), sys.argv[2:]
print("| method | seeds | target % | of each seed | source test % | minutes a run |\n|---|---|---|---|---|---|")
for method in methods:
    reports = [json.loads(f.read_text()) for f in sorted(folder.glob(f"{method}-[0-9]*.json"))]
    if not reports:
        continue
    target = [100 * r["accuracy"]["ROD"] for r in reports]
    source = [100 * r["accuracy"]["synROD-test"] for r in reports]
    minutes = statistics.mean(r["seconds"] for r in reports) / 60
    print(f"| {method} | {len(reports)} | {statistics.mean(target):.1f} | {', '.join(f'{t:.1f}' for t in target)} | "
          f"{statistics.mean(source):.1f} | {minutes:.1f} |")
PYTHON
