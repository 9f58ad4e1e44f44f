"""`rodprep cache ARCHIVE` against only decoding the same PNGs, and against GNU tar and the writers
of others.

    python tests/bench/cache.py BUILD [PAIRS]

Needs numpy and pillow, and SHARED (folder of tools/make_rod_tar.py) or ROD_ARCHIVE (a tar made by
it). ROD_WRITERS: a Python with webdataset, mosaicml-streaming, litdata or ffcv, each left out where
absent. Targets: rodprep bench_decode_pngs. Prints medians of ROD_ROUNDS rounds; ROD_ONLY is a
pattern of names.
"""

import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


def commands_of(build, archive, unpacked, out):
    """Name: commands in a row."""
    decode = build / "tests/prepare/bench_decode_pngs"
    cache = [build / "tools/rodprep", "cache", archive, out, "-q"]
    one_core = ["taskset", "-c", "0"]
    commands = {
        "decode only, ours": [[decode, archive, "ours"]],
        "decode only, OpenCV": [[decode, archive, "opencv"]],
        "decode only, spng": [[decode, archive, "spng"]],
        "cache zstd": [cache],
        "cache raw": [cache + ["--codec", "raw"]],
        "cache zstd, 1 core": [one_core + cache],
        "cache raw, 1 core": [one_core + cache + ["--codec", "raw"]],
        "GNU tar": [["tar", "xf", archive, "-C", unpacked]],
    }
    python, writers = os.environ.get("ROD_WRITERS", sys.executable), pathlib.Path(
        __file__
    ).with_name("writers.py")
    for name in ("webdataset", "streaming", "litdata", "ffcv"):
        commands[name + " after tar"] = [[python, writers, name, unpacked, out]]
    return commands


def run(steps, fresh, out):
    """Wall seconds, CPU seconds, peak resident MiB, bytes written; None when a step is not
    available.

    `fresh`: a folder to empty first, or None.
    """
    shutil.rmtree(out, ignore_errors=True)
    if fresh:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
    os.sync()
    wall = cpu = memory = 0
    for step in steps:
        start = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in step], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall += time.perf_counter() - start
        code = os.waitstatus_to_exitcode(status)
        if code == 77:
            return None
        assert code == 0, (step, code)
        cpu += usage.ru_utime + usage.ru_stime
        memory = max(memory, usage.ru_maxrss / 1024)
    return wall, cpu, memory, sum(f.stat().st_size for f in out.rglob("*") if f.is_file())


def measure(commands, unpacked, out):
    """The medians of each command's rows. Prints which are not installed."""
    only = re.compile(os.environ.get("ROD_ONLY", ""))
    results = {}
    # the rivals take turns, as the machine's other load changes
    for _ in range(int(os.environ.get("ROD_ROUNDS", "3"))):
        for name, steps in commands.items():
            if only.search(name):
                results.setdefault(name, []).append(
                    run(steps, unpacked if name == "GNU tar" else None, out)
                )
    for name in [name for name, rows in results.items() if not rows[0]]:
        print(f"{name}: left out, not installed")
    return {
        name: [statistics.median(column) for column in zip(*rows)]
        for name, rows in results.items()
        if rows[0]
    }


def print_table(medians, archive):
    """Writers start from what tar has unpacked, so its time is added to theirs."""
    for name in [name for name in medians if name.endswith(" after tar")]:
        if "GNU tar" in medians:
            medians[name][0] += medians["GNU tar"][0]
            medians[name][1] += medians["GNU tar"][1]
    base = {
        name: medians.get("decode only, " + name, [float("nan")] * 2) for name in ("ours", "OpenCV")
    }
    rival = min(
        [row[0] for name, row in medians.items() if name.endswith(" after tar")],
        default=float("nan"),
    )
    print(
        f"{'':22} {'wall s':>7} {'/ours':>6} {'/OpenCV':>7} {'/rival':>6} {'CPU s':>7} {'/ours':>6}"
        f" {'/OpenCV':>7} {'MiB':>6} {'MB out':>7}   archive {archive.stat().st_size / 1e6:.0f} MB"
    )
    for name, (wall, cpu, memory, size) in medians.items():
        print(
            f"{name:22} {wall:7.2f} {wall / base['ours'][0]:6.2f} {wall / base['OpenCV'][0]:7.2f}"
            f" {wall / rival:6.2f} {cpu:7.2f} {cpu / base['ours'][1]:6.2f}"
            f" {cpu / base['OpenCV'][1]:7.2f} {memory:6.0f} {size / 1e6:7.0f}"
        )


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    build, pairs = pathlib.Path(sys.argv[1]), (sys.argv[2:] or ["3000"])[0]
    with tempfile.TemporaryDirectory(prefix="rod-bench-") as name:
        folder = pathlib.Path(name)
        archive = pathlib.Path(os.environ.get("ROD_ARCHIVE") or folder / "source.tar")
        if not os.environ.get("ROD_ARCHIVE"):
            make = os.path.join(os.environ["SHARED"], "tools/make_rod_tar.py")
            subprocess.run(
                [sys.executable, make, archive, "--pairs", pairs, "--size", "256"], check=True
            )
        out, unpacked = folder / "out", folder / "unpacked"
        print_table(measure(commands_of(build, archive, unpacked, out), unpacked, out), archive)


main()
