"""What grows with the number of samples: time, memory and bytes of a data set of very small images,
as a Markdown table.

    scale.py BUILD FOLDER [--samples 100000 1000000] [--parts 64]

Writes a tar of N pairs of 8x8 PNGs into FOLDER (about 2.1 GB per million pairs; more than two
million are served at an address of this machine instead), runs the programs of BUILD on it, and
removes all but the figures. --parts makes the smallest of the data sets again in as many partitions
and merges them. No memory below that of this script, some 40 MiB, is told.
"""
import argparse
import ctypes
import http.server
import io
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time

import numpy
from PIL import Image

SIDE, CLASSES, KINDS = 8, 10, 256
MOST_WRITTEN = 2_000_000  # pairs of an archive on the disk


def png(pixels):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


class Archive:
    """A tar of N pairs, any part of which is made when it is asked for: a file of 10^7 pairs would
    take 20 GB."""

    PAIR = 4  # blocks of 512 bytes: header and image of depth, header and image of RGB

    def __init__(self, samples):
        rng = numpy.random.default_rng(0)
        self.samples, self.size = samples, 512 * (self.PAIR * samples + 2)
        names = "train/c0/00000000_depth.png", "train/c0/00000000_rgb.png"
        self.kinds = numpy.zeros((KINDS, self.PAIR, 512), numpy.uint8)
        for kind in range(KINDS):
            images = (png(rng.integers(500, 2000, (SIDE, SIDE), dtype=numpy.uint16)),
                      png(rng.integers(0, 256, (SIDE, SIDE, 3), dtype=numpy.uint8)))
            for n, (name, image) in enumerate(zip(names, images)):
                entry = tarfile.TarInfo(name)
                entry.size = len(image)
                header = entry.tobuf(tarfile.USTAR_FORMAT)
                self.kinds[kind, 2 * n] = numpy.frombuffer(header, numpy.uint8)
                self.kinds[kind, 2 * n + 1, :len(image)] = numpy.frombuffer(image, numpy.uint8)
        # Six octal digits, of a header in which they are blanks.
        self.checksums = numpy.array([[int(bytes(kind[block, 148:154]), 8) for kind in self.kinds]
                                      for block in (0, 2)])

    def pairs(self, first, last):
        """The bytes of some pairs."""
        n = numpy.arange(first, last)
        blocks = self.kinds[n % KINDS]
        # Each class in one piece, as tar leaves a tree.
        digits = [n * CLASSES // self.samples] + [n // 10**d % 10 for d in range(7, -1, -1)]
        added = sum(digits)
        for block in (0, 2):
            for at, digit in zip([7, *range(9, 17)], digits):
                blocks[:, block, at] = 48 + digit
            checksum = self.checksums[block // 2][n % KINDS] + added
            for d in range(6):
                blocks[:, block, 148 + d] = 48 + (checksum >> 3 * (5 - d)) % 8
        return blocks.tobytes()

    def read(self, begin, end):
        size = 512 * self.PAIR
        first, last = begin // size, min(-(-end // size), self.samples)
        data = self.pairs(first, last) if first < last else b""
        return (data + bytes(1024))[begin - first * size:end - first * size]

    def write(self, path):
        with open(path, "wb") as file:
            for begin in range(0, self.size, 1 << 23):
                file.write(self.read(begin, min(begin + (1 << 23), self.size)))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        size = self.server.archive.size
        begin, end = 0, size - 1
        if asked := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
            begin, end = int(asked[1]), min(int(asked[2] or size), size - 1)
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(end + 1 - begin))
        self.send_header("Content-Range", f"bytes {begin}-{end}/{size}")
        self.send_header("ETag", f'"{size}"')
        self.end_headers()
        try:
            for at in range(begin, end + 1, 1 << 20):
                self.wfile.write(self.server.archive.read(at, min(at + (1 << 20), end + 1)))
        except OSError:
            pass  # the client has what it wanted

    def log_message(self, *_):
        pass


def serve(samples):
    """Serves an archive by a process of its own: its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if os.fork() == 0:
        server.archive = Archive(samples)
        prctl = ctypes.CDLL(None).prctl
        prctl(1, signal.SIGTERM)  # ends with its parent
        server.serve_forever()
    address = f"http://127.0.0.1:{server.server_port}/pairs.tar"
    server.socket.close()
    return address


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
    options = ["--size", SIDE, "--quiet", "--spool-limit", "1MB"]
    cache = [rodprep, "cache", archive, *options]
    args.folder.mkdir(parents=True, exist_ok=True)
    print("| samples | cache | dataset.json | shards | `info` | `verify`, 1 and 2 threads | open "
          "| first batch, full order | memory of an open split |")
    print("|---|---|---|---|---|---|---|---|---|")
    for samples in sorted(args.samples):
        shutil.rmtree(data, ignore_errors=True)
        if samples > MOST_WRITTEN:
            archive.unlink(missing_ok=True)
            seconds, mib, _ = measured([rodprep, "cache", serve(samples), *options, data])
        else:
            Archive(samples).write(archive)
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
    archive.unlink(missing_ok=True)


main()
