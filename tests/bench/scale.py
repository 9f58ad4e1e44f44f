"""What grows with the number of samples: time, memory and bytes of a data set of very small images,
as a Markdown table.

    scale.py BUILD FOLDER [--samples 100000 1000000] [--parts 64]

Writes a tar of N pairs of 8x8 PNGs into FOLDER (about 2.1 GB per million pairs), runs the programs
of BUILD on it, and removes all but the figures. --parts makes the smallest of the data sets again
in as many partitions and merges them. No memory below that of this script, some 40 MiB, is told.
"""
import argparse
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import time

import numpy
from PIL import Image

SIDE, CLASSES, KINDS = 8, 10, 256


def png(pixels):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def write_archive(path, samples):
    rng = numpy.random.default_rng(0)
    rgb = [png(rng.integers(0, 256, (SIDE, SIDE, 3), dtype=numpy.uint8)) for _ in range(KINDS)]
    depth = [png(rng.integers(500, 2000, (SIDE, SIDE), dtype=numpy.uint16)) for _ in range(KINDS)]
    with open(path, "wb", buffering=1 << 20) as file:
        for n in range(samples):
            # Each class in one piece, as tar leaves a tree.
            stem = f"train/c{n * CLASSES // samples}/{n:08d}"
            for name, image in ((f"{stem}_depth.png", depth[n % KINDS]),
                                (f"{stem}_rgb.png", rgb[n % KINDS])):
                entry = tarfile.TarInfo(name)
                entry.size = len(image)
                file.write(entry.tobuf(tarfile.USTAR_FORMAT))
                file.write(image + bytes(-len(image) % 512))
        file.write(bytes(1024))


def measured(command, **variables):
    """(seconds, peak MiB, standard output) of a command that has to succeed."""
    start = time.perf_counter()
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE,
                               env={**os.environ, **variables})
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command} ended with status {status}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024, out


OPENED = """
import json, resource, sys, time
import rodprep
empty = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
split = rodprep.open(sys.argv[1])["train"]
opened = time.perf_counter() - start
loader = rodprep.Loader(split, 64, order="full", threads=1)
next(iter(loader))
print(json.dumps({"open": opened, "first": time.perf_counter() - start,
                  "mib": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - empty) / 1024}))
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--samples", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--parts", type=int, default=64)
    args = parser.parse_args()
    rodprep = args.build / "tools/rodprep"
    data, archive = args.folder / "data", args.folder / "pairs.tar"
    cache = [rodprep, "cache", archive, "--size", SIDE, "--quiet"]
    args.folder.mkdir(parents=True, exist_ok=True)
    print("| samples | cache | dataset.json | shards | `info` | `verify`, 1 and 2 threads | open "
          "| first batch, full order | memory of an open split |")
    print("|---|---|---|---|---|---|---|---|---|")
    for samples in sorted(args.samples):
        write_archive(archive, samples)
        shutil.rmtree(data, ignore_errors=True)
        seconds, mib, _ = measured([*cache, data])
        info, info_mib, _ = measured([rodprep, "info", data, "--json"])
        verify = [measured([rodprep, "verify", data, "--quiet", "--jobs", n]) for n in (1, 2)]
        opened = json.loads(measured([sys.executable, "-c", OPENED, data],
                                     PYTHONPATH=str(args.build / "tools/python"))[2])
        shards = list(data.rglob("*.safetensors"))
        stored = sum(path.stat().st_size for path in shards)
        print(
            f"| {samples:,} | {seconds:.1f} s, {mib:.0f} MiB |"
            f" {(data / 'dataset.json').stat().st_size:,} B | {len(shards)}, {stored / 1e6:.0f} MB"
            f" | {info * 1000:.0f} ms, {info_mib:.0f} MiB | {verify[0][0]:.2f} and"
            f" {verify[1][0]:.2f} s, {verify[1][1]:.0f} MiB | {opened['open'] * 1000:.0f} ms |"
            f" {opened['first'] * 1000:.0f} ms | {opened['mib']:.0f} MiB |",
            flush=True,
        )
        if samples != min(args.samples):
            continue
        whole = (data / "dataset.json").read_bytes()
        parts = [args.folder / f"part-{k}" for k in range(1, args.parts + 1)]
        spent = [measured([*cache, part, "--part", f"{k}/{args.parts}"])[0]
                 for k, part in enumerate(parts, 1)]
        size = max((part / "part.json").stat().st_size for part in parts)
        shutil.rmtree(data)
        merged, mib, _ = measured([rodprep, "merge", data, *parts, "--quiet"])
        same = (data / "dataset.json").read_bytes() == whole
        partitions = (f"\n{args.parts} partitions of {samples:,} samples: "
                      f"{sum(spent) / len(spent):.2f} s each, part.json {size:,} B, merged in "
                      f"{merged:.2f} s with {mib:.0f} MiB, dataset.json "
                      f"{'equal' if same else 'DIFFERENT'}.")
        for part in parts:
            shutil.rmtree(part)
    print(partitions)
    shutil.rmtree(data)
    archive.unlink()


main()
