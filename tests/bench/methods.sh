#!/usr/bin/env bash
# Every method over several seeds on one rendered archive: which of them help on the target domain?
#
#   bash tests/bench/methods.sh FOLDER [SECONDS]
#
# Trains in FOLDER for SECONDS (default: until all is done), prints the table of what is complete
# and writes it as FOLDER/comparison.html, with pictures of the features; the same command resumes
# where it stopped. RODPREP and RODTRAIN name the programs, METHODS and SEEDS choose ("rr
# source-only", "1 2 3"), and EPOCHS says how long a run is (default: 12).
set -euo pipefail
folder="$1"
deadline=$(($(date +%s) + ${2:-1000000}))
rodprep="${RODPREP:-build/torch-system/tools/rodprep}"
rodtrain="${RODTRAIN:-build/torch-system/trainer/rodtrain}"
methods="${METHODS:-source-only rr rotation rr-regression rr-regression-tanh dann mmd afn afn-hard}"
seeds="${SEEDS:-1 2 3}"

# All methods have the same network, epochs, batches and rates: those of tools/quickstart.sh.
# Nothing was tuned for one of them.
settings="--arch resnet10-slim --image-size 64 --batch-size 16 --optimizer adamw
  --lr 0.001 --weight-decay 0.01 --rot-dropout-p 0 --epochs ${EPOCHS:-12}"
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
    "$rodtrain" --data "$folder/data" --logdir "$run" --resume $settings --method "$method" --seed \
      "$seed" --device cpu \
      --max-time "${left}s" --keep 1 --quiet --json > "$run.part" || code=$?
    [ "$code" = 75 ] || [ "$code" = 0 ] || { cat "$run.part"; exit "$code"; }
    [ "$code" = 75 ] || mv "$run.part" "$run.json"
  done
done

complete=()
for method in $methods; do
  for report in "$folder/$method"-[0-9]*.json; do
    [ ! -e "$report" ] || complete+=("${report%.json}")
  done
done
for run in ${complete[@]+"${complete[@]}"}; do
  [ -e "$run/features.safetensors" ] ||
    "$rodtrain" eval "$(ls "$run"/checkpoints/step-*.safetensors | tail -n 1)" \
    --data "$folder/data" --device cpu --save-features "$run/features.safetensors" --quiet --json \
      > "$folder/eval.json"
done
[ "${#complete[@]}" = 0 ] ||
  "$rodtrain" report "${complete[@]}" --output "$folder/comparison.html" --quiet --json > \
    "$folder/comparison.json"

# The accuracy after the last epoch: choosing the best epoch would need the target's labels. The
# rotation losses are means over the last epoch; guessing has ln 4 = 1.386.
python3 - "$folder" $methods <<'PYTHON'
import json, pathlib, statistics, sys

folder, methods = pathlib.Path(sys.argv[1]), sys.argv[2:]


def rotation_losses(run):
    """Of the source and of the target: means over the last epoch; empty for methods without them."""
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    means = []
    for name in ("loss.rot_source", "loss.rot_target"):
        values = [row[name] for row in rows if name in row and row["epoch"] == rows[-1]["epoch"]]
        means += [statistics.mean(values)] if values else []
    return means


print("| method | seeds | target % | of each seed | source test % | rotation losses, source and target | minutes a run |\n"
      "|---|---|---|---|---|---|---|")
for method in methods:
    files = sorted(folder.glob(f"{method}-[0-9]*.json"))
    reports = [json.loads(file.read_text()) for file in files]
    if not reports:
        continue
    target = [100 * r["accuracy"]["ROD"] for r in reports]
    source = [100 * r["accuracy"]["synROD-test"] for r in reports]
    losses = [rotation_losses(file.with_suffix("")) for file in files]
    ended = ", ".join(" / ".join(f"{loss:.2f}" for loss in run) for run in losses if run)
    minutes = statistics.mean(r["seconds"] for r in reports) / 60
    print(f"| {method} | {len(reports)} | {statistics.mean(target):.1f} | {', '.join(f'{t:.1f}' for t in target)} | "
          f"{statistics.mean(source):.1f} | {ended} | {minutes:.1f} |")
PYTHON
