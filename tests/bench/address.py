#!/usr/bin/env python3
"""An archive at an address: `rodprep cache URL` beside `curl URL | tar` and then `rodprep cache
FOLDER`.

    python3 tests/bench/address.py BUILD [PAIRS] [ROUNDS]
    python3 tests/bench/address.py build/torch-system 3000 3

Then `rodtrain --data URL` beside `--data FOLDER`, for 60 s each: the pairs/s that the run reports
after its first 20 s.

The server is a process of this machine that sends at most 1 Gbit/s over all connections and waits
20 ms before each answer. Each round runs both ways, alternating; the medians are printed, with the
share of the link that `cache` reaches (the time that the archive's bytes take at 1 Gbit/s, over the
time of the command).
"""

import csv
import http.server
import multiprocessing
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

RATE, DELAY, PIECE = 125_000_000, 0.020, 1 << 18
build, pairs, rounds = (
    sys.argv[1],
    int((sys.argv[2:] or ["3000"])[0]),
    int((sys.argv[3:] or ["3"])[0]),
)
RODPREP = os.path.abspath(f"{build}/tools/rodprep")
RODTRAIN = os.path.abspath(f"{build}/trainer/rodtrain")


class Link:
    """Lets bytes pass at RATE."""

    def __init__(self):
        self.lock, self.free = threading.Lock(), 0.0

    def send(self, count):
        with self.lock:
            now = time.monotonic()
            self.free = max(self.free, now) + count / RATE
            wait = self.free - now
        if wait > 0.002:
            time.sleep(wait)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    link = Link()

    def do_GET(self):
        time.sleep(DELAY)
        path = self.path.lstrip("/")
        if not os.path.exists(path):
            self.send_error(404)
            return
        size = os.path.getsize(path)
        first, last = 0, size - 1
        if wanted := self.headers.get("Range"):
            first, last = (int(part) for part in wanted.removeprefix("bytes=").split("-"))
            last = min(last, size - 1)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        else:
            self.send_response(200)
        self.send_header("ETag", '"one"')
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        self.wfile.flush()
        with open(path, "rb") as file:
            while first <= last:
                count = min(PIECE, last - first + 1)
                self.link.send(count)
                try:
                    sent = os.sendfile(self.connection.fileno(), file.fileno(), first, count)
                except OSError:
                    self.close_connection = True
                    return
                first += sent

    def log_message(self, *_):
        pass


def serve(port):
    """The files below the current folder."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    port.send(server.server_port)
    server.serve_forever()


def timed(command):
    for folder in ("shards", "files"):
        shutil.rmtree(folder, ignore_errors=True)
    start = time.monotonic()
    subprocess.run(command, shell=True, check=True)
    return time.monotonic() - start


def training_rate(data):
    """Pairs per second, median of what the run reports between its 20th and 60th second."""
    shutil.rmtree("run", ignore_errors=True)
    start = time.time()
    subprocess.run(
        f"{RODTRAIN} --data {data} --logdir run --arch resnet10-slim --image-size 64"
        " --batch-size 16 --device cpu --epochs 1000 --max-time 60s --local-dir local -q",
        shell=True,
    )
    shutil.rmtree("local", ignore_errors=True)
    with open("run/metrics.csv") as file:
        rows = [row for row in csv.DictReader(file) if row["pairs_per_second"]]
    return statistics.median(
        float(row["pairs_per_second"]) for row in rows if int(row["time"]) >= start + 20
    )


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    subprocess.run(
        [RODPREP, "synth", "a.tar", "--pairs", str(pairs), "--size", "256", "-q"], check=True
    )
    size = pathlib.Path("a.tar").stat().st_size
    here, there = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(there,), daemon=True)
    server.start()
    address = f"http://127.0.0.1:{here.recv()}"
    url = f"{address}/a.tar"
    ways = {
        "cache URL": f"{RODPREP} cache {url} shards -q",
        "cache URL, nothing kept": f"{RODPREP} cache {url} shards -q --spool-limit 0",
        "extract URL": f"{RODPREP} extract {url} files -q",
        "curl | tar": f"mkdir files && curl -s {url} | tar -xf - -C files",
        "curl | tar, cache": (
            f"mkdir files && curl -s {url} | tar -xf - -C files && {RODPREP} cache files/ROD-synROD"
            " shards -q"
        ),
        "curl alone": f"curl -s {url} -o /dev/null",
        "cache of the local file": f"{RODPREP} cache a.tar shards -q",
    }
    times = {name: [] for name in ways}
    for _ in range(rounds):
        for name, command in ways.items():
            times[name].append(timed(command))
    median = {name: statistics.median(of) for name, of in times.items()}
    link = size / RATE
    print(
        f"{pairs} pairs, {size / 1e6:.0f} MB: {link:.2f} s at 1 Gbit/s; load"
        f" {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    for name, seconds in median.items():
        print(f"{name:26}{seconds:8.2f} s   {link / seconds:5.2f} of the link")
    print(
        f"cache URL / (curl | tar, cache): {median['cache URL'] / median['curl | tar, cache']:.2f}"
    )
    print(f"extract URL / (curl | tar): {median['extract URL'] / median['curl | tar']:.2f}")
    subprocess.run([RODPREP, "cache", "a.tar", "data", "--shard-size", "32MB", "-q"], check=True)
    rates = {"data": [], f"{address}/data": []}
    for _ in range(rounds):
        for data in rates:
            rates[data].append(training_rate(data))
    near, far = (statistics.median(of) for of in rates.values())
    print(
        f"training from the folder {near:.0f} pairs/s, from the address {far:.0f}: {far / near:.3f}"
    )
    server.terminate()
