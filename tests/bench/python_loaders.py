"""What the Python package reaches beside the C++ loader and PyTorch's, on the same pairs, in turns.

    python_loaders.py BUILD DATA [--rounds 3] [--seconds 4] [--split synROD-train]

BUILD has tests/stream/bench_loader and tools/python; DATA is the folder that tests/bench/loaders.sh
makes (BUILD/bench-loaders): data sets `raw` and `zstd` and the PNG files. FFCV is one of the rivals
where it is installed. Prints medians of the rounds, and their ratios.
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


def ours(data, split, threads, seconds, busy=0):
    import threading

    import rodprep
    loader = rodprep.Loader(rodprep.open(data)[split], BATCH, threads=threads)
    ended = []

    def compute():
        while not ended:
            sum(range(1000))

    beside = [threading.Thread(target=compute, daemon=True) for _ in range(busy)]
    for thread in beside:
        thread.start()
    rate = rate_of(lambda: loader, seconds)
    ended.append(True)
    return {"rate": rate, "memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


def map_style(data, split, workers, seconds):
    import torch
    import warnings

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


def first_batch(data, split):
    start = time.perf_counter()
    import rodprep
    next(iter(rodprep.Loader(rodprep.open(data)[split], BATCH)))
    return {"seconds": time.perf_counter() - start}


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


def rival(name, data, seconds):
    done = subprocess.run(
        [sys.executable, HERE / "rival_loaders.py", name, data, "--seconds", str(seconds)],
        stdout=subprocess.PIPE,
    )
    return (
        {"rate": json.loads(done.stdout)[f"{name}_pairs_per_second"]}
        if done.returncode == 0
        else None
    )


def measure(args):
    for codec in ("raw", "zstd"):
        data = pathlib.Path(args.data, codec)
        for threads in (1, 2):
            yield f"C++, {codec}, {threads} threads", native(
                args.build, data, args.split, threads, args.seconds
            )
            yield f"rodprep.Loader, {codec}, {threads} threads", child(
                args.build, "ours", data, args.split, threads, args.seconds
            )
        yield f"ShardDataset, {codec}, 2 workers", child(
            args.build, "map_style", data, args.split, 2, args.seconds
        )
    yield "rodprep.Loader, zstd, 1 threads, beside 2 of Python", child(
        args.build, "ours", data, args.split, 1, args.seconds, 2
    )
    yield "first batch after import", child(
        args.build, "first_batch", args.many or data, args.split
    )
    for name in ("pillow", "ffcv"):
        found = rival(name, pathlib.Path(args.data, "png"), args.seconds)
        if found:
            yield name, found


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
    cli.add_argument("build")
    cli.add_argument("data")
    cli.add_argument("--rounds", type=int, default=3)
    cli.add_argument("--seconds", type=float, default=4)
    cli.add_argument("--split", default="synROD-train")
    cli.add_argument(
        "--many", help="a data set of the 77,305 pairs, for the time to the first batch"
    )
    args = cli.parse_args()
    runs = {}
    for _ in range(args.rounds):
        for who, result in measure(args):
            runs.setdefault(who, []).append(result)
    rates = {
        who: statistics.median(run["rate"] for run in of)
        for who, of in runs.items()
        if "rate" in of[0]
    }
    for who, rate in rates.items():
        memory = statistics.median(run.get("memory_mib", 0) for run in runs[who])
        print(f"{who:<52}{rate:>9.0f} pairs/s{memory:>8.0f} MiB")
    for codec in ("raw", "zstd"):
        for threads in (1, 2):
            who = f"{codec}, {threads} threads"
            print(
                f"{who}: rodprep.Loader / C++"
                f" {rates['rodprep.Loader, ' + who] / rates['C++, ' + who]:.2f}"
            )
    for whose, name in (
        ("rodprep.Loader, raw, 2 threads", "ffcv"),
        ("rodprep.Loader, zstd, 2 threads", "pillow"),
        ("ShardDataset, zstd, 2 workers", "pillow"),
    ):
        print(
            f"{whose} / {name} {rates[whose] / rates[name]:.2f}"
            if name in rates
            else f"{name} is not installed"
        )
    print(
        "zstd, 1 thread: beside two threads of Python / alone "
        f"{rates['rodprep.Loader, zstd, 1 threads, beside 2 of Python'] / rates['rodprep.Loader, zstd, 1 threads']:.2f}"
    )
    print(
        "first batch after import:"
        f" {statistics.median(run['seconds'] for run in runs['first batch after import']) * 1000:.0f} ms"
    )


if __name__ == "__main__":
    main()
