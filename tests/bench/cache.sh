# bash tests/bench/cache.sh BUILD [PAIRS]: `rodprep cache ARCHIVE` against only decoding the same PNGs with all cores.
# Needs ROD_TEST_PYTHON (numpy, pillow) and SHARED (folder of tools/make_rod_tar.py). Prints medians of ROD_ROUNDS rounds.
set -eu
build="$1" pairs="${2:-3000}" rounds="${ROD_ROUNDS:-3}"
folder="$(mktemp -d "${TMPDIR:-/tmp}/rod-bench-XXXXXX")"
trap 'rm -rf "$folder"' EXIT
"$ROD_TEST_PYTHON" "$SHARED/tools/make_rod_tar.py" "$folder/source.tar" --pairs "$pairs" --size 256
"$ROD_TEST_PYTHON" - "$build" "$folder" "$rounds" <<'PYTHON'
import os, pathlib, shutil, statistics, subprocess, sys, time

build, folder, rounds = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
source, out = str(folder / "source.tar"), str(folder / "out")
rodprep, decode = str(build / "tools/rodprep"), str(build / "tests/prepare/bench_decode_pngs")
commands = {"decode only": [decode, source],
            "cache zstd": [rodprep, "cache", source, out, "-q"],
            "cache raw": [rodprep, "cache", source, out, "-q", "--codec", "raw"]}

def run(command):
    """Wall seconds, CPU seconds, peak resident MiB, bytes written."""
    shutil.rmtree(out, ignore_errors=True)
    os.sync()
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, command
    wall = time.perf_counter() - start
    size = sum(f.stat().st_size for f in pathlib.Path(out).rglob("*") if f.is_file())
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, size

results = {name: [] for name in commands}
for _ in range(rounds):  # the rivals take turns, as the machine's other load changes
    for name, command in commands.items():
        results[name].append(run(command))
base = [statistics.median(column) for column in zip(*results["decode only"])]
print(f"{'':12} {'wall s':>7} {'x':>5} {'CPU s':>7} {'x':>5} {'MiB':>6} {'MB out':>7}   archive {os.path.getsize(source) / 1e6:.0f} MB")
for name, rows in results.items():
    wall, cpu, memory, size = [statistics.median(column) for column in zip(*rows)]
    print(f"{name:12} {wall:7.2f} {wall / base[0]:5.2f} {cpu:7.2f} {cpu / base[1]:5.2f} {memory:6.0f} {size / 1e6:7.0f}")
PYTHON
