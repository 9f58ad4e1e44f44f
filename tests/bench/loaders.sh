#!/usr/bin/env bash
# Our loader beside others on the same real pairs, in turns: bash tests/bench/loaders.sh BUILD
# [PAIRS] [ROUNDS] [SECONDS] Needs rodprep and bench_loader in BUILD, and ../shared for the pairs.
# Rivals go into BUILD/rivals, a Python environment of their own; one that can't be installed is
# named and left out. Prints medians of the rounds.
set -euo pipefail
build="$(realpath "$1")" pairs="${2:-1500}" rounds="${3:-3}" seconds="${4:-5}"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
work="$build/bench-loaders"
rivals="$build/rivals"
python="${ROD_TEST_PYTHON:-python3}"
mkdir -p "$work"

if [ ! -e "$rivals/complete" ]; then
  "$python" -m venv "$rivals"
  "$python" -c 'import site; print("\n".join(site.getsitepackages()))' > "$rivals/base.pth"
  cp "$rivals/base.pth" \
    "$("$rivals/bin/python" -c 'import site; print(site.getsitepackages()[0])')/base.pth"
  for package in webdataset mosaicml-streaming ffcv; do
    timeout 300 "$rivals/bin/pip" install -q "$package" > "$rivals/$package.log" 2>&1 ||
      echo "$package: can't be installed here: $(tail -n 1 "$rivals/$package.log")"
  done
  touch "$rivals/complete"
fi
[ -e "$work/pairs.tar" ] ||
  "$rivals/bin/python" "$here/../../../shared/tools/make_rod_tar.py" "$work/pairs.tar" --pairs \
  "$pairs" --size 256
[ -e "$work/png" ] ||
  { mkdir "$work/png.part"; tar xf "$work/pairs.tar" -C "$work/png.part"; mv "$work/png.part" \
  "$work/png"; }
for codec in zstd raw jpeg; do
  [ -e "$work/$codec/dataset.json" ] ||
    "$build/tools/rodprep" cache "$work/pairs.tar" "$work/$codec" --codec $codec -q ||
    echo "codec $codec: this rodprep does not make it"
done

: > "$work/results.jsonl"
for ((round = 0; round < rounds; ++round)); do
  for codec in zstd raw jpeg; do
    [ -e "$work/$codec/dataset.json" ] || continue
    for jobs in 1 2; do
      "$build/tests/stream/bench_loader" "$work/$codec" synROD-train --jobs $jobs --seconds \
        "$seconds" |
        sed "s/^{/{\"who\": \"ours, $codec, $jobs threads\", /" >> "$work/results.jsonl"
    done
  done
  for rival in pillow ffcv webdataset streaming; do
    "$rivals/bin/python" "$here/rival_loaders.py" $rival "$work/png" --seconds "$seconds" 2> \
      "$work/$rival.log" |
      sed "s/^{/{\"who\": \"$rival\", /" >> "$work/results.jsonl" || true
  done
done
"$rivals/bin/python" - "$work/results.jsonl" << 'PYTHON'
import json, statistics, sys
runs = {}
for line in open(sys.argv[1]):
    run = json.loads(line)
    runs.setdefault(run["who"], []).append(run)
rate = lambda run: next(value for name, value in run.items()
                        if name.endswith("_pairs_per_second") and "first" not in name)
median = {who: statistics.median(map(rate, of)) for who, of in runs.items()}
cpu_of = {who: statistics.median(run["cpu_microseconds_per_pair"] for run in of)
          for who, of in runs.items()}
print(f"{'':<22}{'pairs/s':>10}{'/ pillow':>10}{'/ memcpy':>10}{'CPU us/pair':>13}{'pillow /':>10}{'MiB':>8}  version")
for who, of in runs.items():
    memcpy = statistics.median(run.get("over_memcpy", 0) for run in of)
    print(f"{who:<22}{median[who]:>10.0f}{median[who] / median.get('pillow', float('nan')):>10.1f}"
          f"{memcpy:>10.2f}{cpu_of[who]:>13.0f}{cpu_of.get('pillow', float('nan')) / cpu_of[who]:>10.1f}{statistics.median(run['memory_mib'] for run in of):>8.0f}  {of[0].get('version', '')}")
PYTHON
