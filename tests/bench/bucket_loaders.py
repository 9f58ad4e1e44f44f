"""Pairs per second of ours, MosaicML Streaming's and LitData's loaders from the same bucket.

    bucket_loaders.py BUILD [--pairs 1500] [--size 256] [--rounds 3] [--workers 2]
                      [--loaders rodprep streaming litdata] [--server-python PYTHON]

Makes an archive, and a data set of each kind in a bucket of an S3 server of this machine (moto, in
PYTHON). Each round starts every loader in a new process with an empty cache, alternating, and reads
one shuffled epoch in batches of 64 pairs of uint8 images. Prints a Markdown table of medians: the
seconds from `import` to the first batch, and pairs/s of the whole epoch. The others store the PNG
files' own bytes, as their users do. Needs mosaicml-streaming (with torchvision and transformers,
numpy < 2.2), litdata and boto3; a loader that is not installed is left out by name.
"""

import argparse
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

COMMON = """
import io, json, os, sys, time
import numpy as np
from PIL import Image
endpoint, folder, workers = sys.argv[1], sys.argv[2], int(sys.argv[3])
SIZE, BATCH = int(sys.argv[4]), 64
def decode(image):
    return np.array(image.convert("RGB").resize((SIZE, SIZE), Image.BILINEAR))
def measure(batches, size):
    start, first, pairs = time.perf_counter(), None, 0
    for batch in batches:
        pairs += size(batch)
        first = first or time.perf_counter() - start
    whole = time.perf_counter() - start
    print(json.dumps({"first": first, "pairs": pairs, "seconds": whole, "rate": pairs / whole}))
"""
WRITE = {
    "streaming": COMMON
    + """
from streaming import MDSWriter
pairs = json.loads(sys.stdin.read())
columns = {"rgb": "bytes", "depth": "bytes"}
with MDSWriter(out="s3://data/mds", columns=columns, size_limit=1 << 26) as writer:
    for rgb, depth in pairs:
        writer.write({"rgb": open(rgb, "rb").read(), "depth": open(depth, "rb").read()})
""",
    "litdata": COMMON
    + """
import boto3, litdata, pathlib
def pair(paths):
    return {"rgb": open(paths[0], "rb").read(), "depth": open(paths[1], "rb").read()}
if __name__ == "__main__":  # workers run this file too
    pairs = json.loads(sys.stdin.read())
    litdata.optimize(fn=pair, inputs=pairs, output_dir=folder, chunk_bytes="64MB", num_workers=1)
    s3 = boto3.client("s3", endpoint_url=endpoint)
    for path in pathlib.Path(folder).iterdir():
        s3.upload_file(str(path), "data", "lit/" + path.name)
""",
}
READ = {
    "rodprep": COMMON
    + """
import rodprep
def batches():
    split = rodprep.open("s3://data/rod")["all"]
    # The others shuffle some chunks at a time too.
    yield from rodprep.Loader(split, BATCH, "window", window=2, threads=workers, drop_last=False)
measure(batches(), lambda batch: len(batch["label"]))
""",
    "streaming": COMMON
    + """
import torch
from streaming import StreamingDataset
class Decoded(StreamingDataset):
    def __getitem__(self, n):
        sample = super().__getitem__(n)
        return tuple(decode(Image.open(io.BytesIO(sample[name]))) for name in ("rgb", "depth"))
def batches():
    data = Decoded(remote="s3://data/mds", local=folder, shuffle=True, batch_size=BATCH)
    yield from torch.utils.data.DataLoader(data, batch_size=BATCH, num_workers=workers)
measure(batches(), lambda batch: len(batch[0]))
""",
    "litdata": COMMON
    + """
import litdata, litdata.streaming.downloader
litdata.streaming.downloader._OBSTORE_CLIENT_OPTIONS |= {"allow_http": True}  # has no setting
class Decoded(litdata.StreamingDataset):
    def __getitem__(self, n):
        sample = super().__getitem__(n)
        return tuple(decode(Image.open(io.BytesIO(sample[name]))) for name in ("rgb", "depth"))
def batches():
    data = Decoded(input_dir="s3://data/lit", cache_dir=folder, shuffle=True,
                   storage_options={"endpoint_url": endpoint})
    yield from litdata.StreamingDataLoader(data, batch_size=BATCH, num_workers=workers)
measure(batches(), lambda batch: len(batch[0]))
""",
}
NEEDS = {"rodprep": "rodprep", "streaming": "streaming", "litdata": "litdata, boto3"}


def start_server(python, log):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [python, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log
    )
    endpoint = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            urllib.request.urlopen(urllib.request.Request(f"{endpoint}/data", method="PUT"))
            return server, endpoint
        except (urllib.error.URLError, ConnectionError):
            if server.poll() is not None:
                break
            time.sleep(0.1)
    server.kill()
    sys.exit(f"{python}: the S3 server does not start; pip install 'moto[server]'")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--pairs", type=int, default=1500)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--loaders", nargs="+", choices=list(READ), default=list(READ))
    parser.add_argument("--server-python", default=sys.executable)
    args = parser.parse_args()
    rodprep = (args.build / "tools/rodprep").resolve()
    variables = os.environ | {
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "y",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": "/nowhere",
        "PYTHONPATH": str((args.build / "tools/python").resolve()),
    }
    with (
        tempfile.TemporaryDirectory() as temporary,
        open(os.path.join(temporary, "moto.log"), "wb") as log,
    ):
        folder = pathlib.Path(temporary)
        subprocess.run(
            [
                rodprep,
                "synth",
                folder / "synth.tar",
                "--pairs",
                str(args.pairs),
                "--size",
                str(args.size),
                "-q",
            ],
            check=True,
        )
        subprocess.run(
            [
                rodprep,
                "cache",
                folder / "synth.tar",
                folder / "synth",
                "--size",
                str(args.size),
                "-q",
            ],
            check=True,
        )
        subprocess.run(
            [rodprep, "export", folder / "synth", folder / "exported", "--format", "png", "-q"],
            check=True,
        )
        # One split of all pairs, in folders of classes.
        pairs = []
        for n, row in enumerate((folder / "exported/list.tsv").read_text().splitlines()[1:]):
            rgb, depth, label = row.split("\t")[:3]
            to = folder / "pairs" / f"class{label}"
            to.mkdir(parents=True, exist_ok=True)
            pairs.append((str(to / f"{n:06d}_rgb.png"), str(to / f"{n:06d}_depth.png")))
            for old, new in zip((rgb, depth), pairs[-1]):
                (folder / "exported" / old).rename(new)
        server, endpoint = start_server(args.server_python, log)
        try:
            variables |= {
                "AWS_ENDPOINT_URL": endpoint,
                "S3_ENDPOINT_URL": endpoint,  # Streaming's
            }
            bytes_in = sum(os.path.getsize(path) for pair in pairs for path in pair)
            subprocess.run(
                [
                    rodprep,
                    "cache",
                    folder / "pairs",
                    "s3://data/rod",
                    "--size",
                    str(args.size),
                    "-q",
                    "--shard-size",
                    "64MB",
                    "--local-dir",
                    folder / "local",
                    "--keep-free",
                    "0",
                ],
                check=True,
                env=variables,
            )
            loaders = []
            for name in args.loaders:
                found = subprocess.run(
                    [sys.executable, "-c", f"import {NEEDS[name]}"],
                    env=variables,
                    stderr=subprocess.PIPE,
                )
                if found.returncode != 0:
                    print(
                        f"{name}: left out, {found.stderr.decode().strip().splitlines()[-1]}",
                        file=sys.stderr,
                    )
                    continue
                if name in WRITE:
                    script = folder / f"write_{name}.py"
                    script.write_text(WRITE[name])
                    subprocess.run(
                        [
                            sys.executable,
                            script,
                            endpoint,
                            folder / f"written-{name}",
                            str(args.workers),
                            str(args.size),
                        ],
                        input=json.dumps(pairs).encode(),
                        check=True,
                        env=variables,
                        stdout=log,
                        stderr=log,
                    )
                loaders.append(name)
            figures = {name: [] for name in loaders}
            for number in range(args.rounds):
                for name in loaders if number % 2 == 0 else loaders[::-1]:
                    with tempfile.TemporaryDirectory(dir=folder) as cache:
                        script = folder / f"read_{name}.py"
                        script.write_text(READ[name])
                        done = subprocess.run(
                            [
                                sys.executable,
                                script,
                                endpoint,
                                cache,
                                str(args.workers),
                                str(args.size),
                            ],
                            check=True,
                            env=variables | {"TMPDIR": cache},
                            stdout=subprocess.PIPE,
                            stderr=log,
                        )
                    figures[name].append(json.loads(done.stdout.splitlines()[-1]))
                    if figures[name][-1]["pairs"] != len(pairs):
                        sys.exit(
                            f"{name}: {figures[name][-1]['pairs']} of {len(pairs)} pairs were read"
                        )
        except subprocess.CalledProcessError:
            log.flush()
            sys.stderr.write((folder / "moto.log").read_text(errors="replace")[-4000:])
            raise
        finally:
            server.kill()
            server.wait()
    print(
        f"{len(pairs)} pairs of {args.size} px, {bytes_in / 1e6:.0f} MB as PNG,"
        f" {args.workers} workers, {args.rounds} rounds\n\n"
        "| loader | first batch, s | an epoch from the bucket, pairs/s | of ours |\n"
        "|---|---|---|---|"
    )
    ours = statistics.median(f["rate"] for f in figures["rodprep"]) if "rodprep" in figures else 0
    for name in loaders:
        first = statistics.median(f["first"] for f in figures[name])
        rate = statistics.median(f["rate"] for f in figures[name])
        print(f"| {name} | {first:.2f} | {rate:.0f} | {rate / ours if ours else 0:.2f} |")


if __name__ == "__main__":
    main()
