"""What the Python package reaches beside the C++ loader, PyTorch's and FFCV, on the same pairs, in
turns.

    python_loaders.py BUILD DATA [--rounds 3] [--seconds 4] [--split synROD-train] [--many SHARDS]
    [--rivals PYTHON]

BUILD has tests/stream/bench_loader and tools/python; DATA is the folder that tests/bench/loaders.sh
makes (BUILD/bench-loaders): data sets `raw` and `zstd` and the PNG files. The 77,305 pairs of the
time to the first batch are made in DATA/many where ../shared is, at 16 px. Rivals run in the Python
that loaders.sh makes (BUILD/rivals), or in this one; FFCV is left out where it is not installed.

Prints the medians of the rounds, then each goal with the median of the rounds' ratios. Exit code 1:
a goal was missed.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
BATCH = 64
MANY = 77305


def rate_of(batches, seconds, size=BATCH):
    """Pairs per second, after a first pass of which nothing is measured."""
    for _ in batches():
        pass
    pairs, start = 0, time.perf_counter()
    while True:
        for _ in batches():
            pairs += size
            elapsed = time.perf_counter() - start
            if elapsed >= seconds:
                return pairs / elapsed


def ours(data, split, threads, seconds, prefetch=2, busy=0):
    import threading

    import rodprep
    loader = rodprep.Loader(rodprep.open(data)[split], BATCH, threads=threads, prefetch=prefetch)
    ended = []

    def compute():
        while not ended:
            sum(range(1000))

    beside = [threading.Thread(target=compute, daemon=True) for _ in range(busy)]
    for thread in beside:
        thread.start()
    rate = rate_of(lambda: loader, seconds)
    ended.append(True)
    return {"rate": rate, "memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def map_style(data, split, workers, seconds):
    import warnings

    import torch

    import rodprep.torch
    warnings.simplefilter("ignore")
    split = rodprep.open(data)[split]
    loader = torch.utils.data.DataLoader(
        rodprep.torch.ShardDataset(split),
        num_workers=workers,
        persistent_workers=workers > 0,
        batch_sampler=rodprep.torch.ShardSampler(split, BATCH),
    )
    return {"rate": rate_of(lambda: loader, seconds)}


def first_batch(data, _):
    """Of the largest split, opening the others too."""
    start = time.perf_counter()
    import rodprep
    splits = rodprep.open(data).values()
    next(iter(rodprep.Loader(max(splits, key=len), BATCH)))
    return {"seconds": time.perf_counter() - start, "pairs": sum(map(len, splits))}


def child(build, what, *arguments):
    """One measurement in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(pathlib.Path(build, "tools/python"))}
    done = subprocess.run(
        [sys.executable, __file__, "--one", what, *map(str, arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def native(build, data, split, threads, seconds):
    done = subprocess.run(
        [
            pathlib.Path(build, "tests/stream/bench_loader"),
            data,
            split,
            "--jobs",
            str(threads),
            "--seconds",
            str(seconds),
            "--batch",
            str(BATCH),
        ],
        stdout=subprocess.PIPE,
        check=True,
    )
    report = json.loads(done.stdout)
    return {"rate": report["loader_pairs_per_second"], "memory_mib": report["memory_mib"]}


def rival(python, name, data, seconds):
    done = subprocess.run(
        [python, HERE / "rival_loaders.py", name, data, "--seconds", str(seconds)],
        stdout=subprocess.PIPE,
    )
    if done.returncode != 0:
        return None
    report = json.loads(done.stdout)
    return {"rate": report[f"{name}_pairs_per_second"], "memory_mib": report["memory_mib"]}


def make_many(build, data):
    """The data set of the real lists' names, or None without ../shared."""
    many, tool = data / "many", HERE.parents[2] / "shared/tools/make_rod_tar.py"
    if not (many / "dataset.json").exists() and tool.exists():
        subprocess.run([sys.executable, tool, data / "many.tar", "--full-names"], check=True)
        subprocess.run(
            [build / "tools/rodprep", "cache", data / "many.tar", many, "--size", "16", "-q"],
            check=True,
        )
        (data / "many.tar").unlink()
    return many if (many / "dataset.json").exists() else None


def measure(args):
    for codec in ("raw", "zstd"):
        data = args.data / codec
        for threads in (1, 2):
            yield f"C++, {codec}, {threads} threads", native(
                args.build, data, args.split, threads, args.seconds
            )
            yield f"Loader, {codec}, {threads} threads", child(
                args.build, "ours", data, args.split, threads, args.seconds
            )
            # Python hands the GIL over every 5 ms, in which a thread decodes a raw batch: two that
            # are ready do not last until then.
            for who, busy in (("prefetch 8", 0), ("prefetch 8, beside 2 of Python", 2)):
                yield f"Loader, {codec}, {threads} threads, {who}", child(
                    args.build, "ours", data, args.split, threads, args.seconds, 8, busy
                )
        yield f"ShardDataset, {codec}, 2 workers", child(
            args.build, "map_style", data, args.split, 2, args.seconds
        )
    if args.many:
        yield "first batch", child(args.build, "first_batch", args.many, args.split)
    for name in ("pillow", "ffcv"):
        found = rival(args.rivals, name, args.data / "png", args.seconds)
        if found:
            yield name, found


def goals(cores):
    """(what, figure of a round, unit, the goal, whether less is better)"""
    def rate(a, b):
        return lambda run: run[a]["rate"] / run[b]["rate"]

    def more_memory(codec, threads):
        who = f"{codec}, {threads} threads"
        return lambda run: run["Loader, " + who]["memory_mib"] - run["C++, " + who]["memory_mib"]

    both = [(codec, threads) for codec in ("raw", "zstd") for threads in (1, 2)]
    for codec, threads in both:
        who = f"{codec}, {threads} threads"
        yield f"Loader / C++, {who}", rate("Loader, " + who, "C++, " + who), "", 0.9, False
    yield (
        "Loader, raw, 2 threads / FFCV raw",
        rate("Loader, raw, 2 threads", "ffcv"),
        "",
        1.7,
        False,
    )
    yield (
        "Loader, zstd, 2 threads / Pillow",
        rate("Loader, zstd, 2 threads", "pillow"),
        "",
        14,
        False,
    )
    for codec in ("raw", "zstd"):
        yield (
            f"ShardDataset, {codec}, 2 workers / Pillow",
            rate(f"ShardDataset, {codec}, 2 workers", "pillow"),
            "",
            5,
            False,
        )
    yield (
        f"first batch of {MANY:,} pairs after import",
        lambda run: run["first batch"]["seconds"] * 1000,
        " ms",
        250,
        True,
    )
    for codec, threads in both:
        yield (
            f"memory of Loader more than C++, {codec}, {threads} threads",
            more_memory(codec, threads),
            " MiB",
            30,
            True,
        )
    # Threads of Python take one core together, as one of them at a time has the GIL.
    for codec, threads in both:
        who = f"Loader, {codec}, {threads} threads, prefetch 8"
        left = min(threads, cores - 1) / min(threads, cores)
        yield (
            f"{who}, beside two threads of Python / alone",
            rate(who + ", beside 2 of Python", who),
            "",
            0.9 * left,
            False,
        )


def main():
    if sys.argv[1:2] == ["--one"]:
        _, _, what, data, split, *numbers = sys.argv
        print(
            json.dumps(
                globals()[what](data, split, *(float(n) if "." in n else int(n) for n in numbers))
            )
        )
        return
    cli = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    cli.add_argument("build", type=pathlib.Path)
    cli.add_argument("data", type=pathlib.Path)
    cli.add_argument("--rounds", type=int, default=3)
    cli.add_argument("--seconds", type=float, default=4)
    cli.add_argument("--split", default="synROD-train")
    cli.add_argument(
        "--many",
        type=pathlib.Path,
        help="a data set of the 77,305 pairs, for the time to the first batch",
    )
    cli.add_argument("--rivals", help="the Python that has torch, Pillow and FFCV")
    args = cli.parse_args()
    made = args.build / "rivals/bin/python"
    args.rivals = args.rivals or (made if made.exists() else sys.executable)
    args.many = args.many or make_many(args.build, args.data)
    rounds = [dict(measure(args)) for _ in range(args.rounds)]
    for who in rounds[0]:
        if "rate" in rounds[0][who]:
            rate, memory = (
                statistics.median(run[who].get(figure, 0) for run in rounds)
                for figure in ("rate", "memory_mib")
            )
            print(f"{who:<58}{rate:>9.0f} pairs/s" + (f"{memory:>8.0f} MiB" if memory else ""))
    if "first batch" in rounds[0] and rounds[0]["first batch"]["pairs"] != MANY:
        print(
            f"the data set of the first batch has {rounds[0]['first batch']['pairs']:,} pairs, not"
            f" {MANY:,}"
        )
    missed = 0
    for what, figure, unit, goal, less in goals(len(os.sched_getaffinity(0))):
        try:
            found = statistics.median(map(figure, rounds))
        except KeyError as absent:
            print(f"{what:<66} not measured: no {absent}")
            continue
        met = found <= goal if less else found >= goal
        missed += not met
        form = ".0f" if unit else ".2f"
        print(
            f"{what:<66}{found:>8{form}}{unit}  goal {'at most' if less else 'at least'}"
            f" {goal:{form}}{unit}: {'met' if met else 'MISSED'}"
        )
    sys.exit(missed > 0)


if __name__ == "__main__":
    main()
