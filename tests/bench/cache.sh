# bash tests/bench/cache.sh BUILD [PAIRS]: `rodprep cache ARCHIVE` against only decoding the same PNGs, and against GNU tar and the
# writers of others. Needs ROD_TEST_PYTHON (numpy, pillow) and SHARED (folder of tools/make_rod_tar.py), or ROD_ARCHIVE (a tar made by it).
# ROD_WRITERS: a Python with webdataset, mosaicml-streaming, litdata or ffcv, each left out where absent. Targets: rodprep bench_decode_pngs.
# Prints medians of ROD_ROUNDS rounds; ROD_ONLY is a pattern of names.
set -eu
build="$1" pairs="${2:-3000}"
folder="$(mktemp -d "${TMPDIR:-/tmp}/rod-bench-XXXXXX")"
trap 'rm -rf "$folder"' EXIT
archive="${ROD_ARCHIVE:-}"
if [ -z "$archive" ]; then
  archive="$folder/source.tar"
  "$ROD_TEST_PYTHON" "$SHARED/tools/make_rod_tar.py" "$archive" --pairs "$pairs" --size 256
fi
"$ROD_TEST_PYTHON" - "$build" "$folder" "$archive" "$(dirname "$0")/writers.py" <<'PYTHON'
import os, pathlib, re, shutil, statistics, subprocess, sys, time

build, folder, archive, writers = (pathlib.Path(a) for a in sys.argv[1:])
out, unpacked = folder / "out", folder / "unpacked"
rodprep, decode = str(build / "tools/rodprep"), str(build / "tests/prepare/bench_decode_pngs")
python = os.environ.get("ROD_WRITERS", sys.executable)
cache = [rodprep, "cache", archive, out, "-q"]
commands = {  # name: (commands in a row, folder whose bytes count)
    "decode only, ours": [[decode, archive, "ours"]],
    "decode only, OpenCV": [[decode, archive, "opencv"]],
    "decode only, spng": [[decode, archive, "spng"]],
    "cache zstd": [cache],
    "cache raw": [cache + ["--codec", "raw"]],
    "cache zstd, 1 core": [["taskset", "-c", "0"] + cache],
    "cache raw, 1 core": [["taskset", "-c", "0"] + cache + ["--codec", "raw"]],
    "GNU tar": [["tar", "xf", archive, "-C", unpacked]],
}
for name in ("webdataset", "streaming", "litdata", "ffcv"):
    commands[name + " after tar"] = [[python, writers, name, unpacked, out]]

def run(steps, unpacks):
    """Wall seconds, CPU seconds, peak resident MiB, bytes written; None when a step is not available."""
    shutil.rmtree(out, ignore_errors=True)
    if unpacks:
        shutil.rmtree(unpacked, ignore_errors=True)
        unpacked.mkdir()
    os.sync()
    wall = cpu = memory = 0
    for step in steps:
        start = time.perf_counter()
        process = subprocess.Popen([str(word) for word in step], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall += time.perf_counter() - start
        code = os.waitstatus_to_exitcode(status)
        if code == 77:
            return None
        assert code == 0, (step, code)
        cpu += usage.ru_utime + usage.ru_stime
        memory = max(memory, usage.ru_maxrss / 1024)
    return wall, cpu, memory, sum(f.stat().st_size for f in out.rglob("*") if f.is_file())

only = re.compile(os.environ.get("ROD_ONLY", ""))
results = {}
for _ in range(int(os.environ.get("ROD_ROUNDS", "3"))):  # the rivals take turns, as the machine's other load changes
    for name, steps in commands.items():
        if only.search(name):
            row = run(steps, name == "GNU tar")
            results.setdefault(name, []).append(row)
medians = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in results.items() if rows[0]}
for name in results.keys() - medians.keys():
    print(f"{name}: left out, not installed")
for name in [name for name in medians if name.endswith(" after tar")]:
    if "GNU tar" in medians:
        medians[name][0] += medians["GNU tar"][0]
        medians[name][1] += medians["GNU tar"][1]
base = {name: medians.get("decode only, " + name, [float("nan")] * 2) for name in ("ours", "OpenCV")}
rival = min([row[0] for name, row in medians.items() if name.endswith(" after tar")], default=float("nan"))
print(f"{'':22} {'wall s':>7} {'/ours':>6} {'/OpenCV':>7} {'/rival':>6} {'CPU s':>7} {'/ours':>6} {'/OpenCV':>7} {'MiB':>6} {'MB out':>7}"
      f"   archive {archive.stat().st_size / 1e6:.0f} MB")
for name, (wall, cpu, memory, size) in medians.items():
    print(f"{name:22} {wall:7.2f} {wall / base['ours'][0]:6.2f} {wall / base['OpenCV'][0]:7.2f} {wall / rival:6.2f} {cpu:7.2f} "
          f"{cpu / base['ours'][1]:6.2f} {cpu / base['OpenCV'][1]:7.2f} {memory:6.0f} {size / 1e6:7.0f}")
PYTHON
