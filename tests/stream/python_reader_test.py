"""rodprep.Loader gives the samples of the C++ loader, in the order that a second implementation, in
NumPy, has, too.

python_reader_test.py STREAM_TOOL
"""
import subprocess
import sys
import tempfile

import numpy as np
from read_order import Order

import rodprep

tool = sys.argv[1]
BATCH, WINDOW = 4, 2


def dump(folder, kind, seed, stream, batches):
    return subprocess.run([tool, "dump", folder, "ROD", kind, str(seed), str(stream), str(batches)],
                          check=True, capture_output=True).stdout


def expect(condition, what):
    if not condition:
        sys.exit(f"FAILED: {what}")


def sample_bytes(index, label, rgb, depth):
    return np.array([index, label], np.uint64).tobytes() + rgb.tobytes() + depth.tobytes()


def compare(folder):
    split = rodprep.open(folder)["ROD"]
    per_epoch = len(split) // BATCH
    for kind in ("full", "window", "sequential"):
        for seed, name in ((1, "source"), (2**64 - 7, "a name of one's own")):
            stream = rodprep._native.stream_number(name)
            loader = rodprep.Loader(split, BATCH, kind, seed=seed, streams=name, window=WINDOW)
            by_numpy = Order(
                len(split), kind, seed, stream, block=-(-len(split) // 3), window=WINDOW
            )
            ours = b""
            for epoch in range(3):
                for n, batch in enumerate(loader):
                    expect(batch["rgb"].shape == (BATCH, 16, 21, 3), batch["rgb"].shape)
                    expect(
                        (batch["index"] == by_numpy.epoch(epoch, n * BATCH, (n + 1) * BATCH)).all(),
                        f"{kind} {seed} {stream} {epoch}: {batch['index']}",
                    )
                    ours += b"".join(
                        map(
                            sample_bytes,
                            batch["index"],
                            batch["label"],
                            batch["rgb"],
                            batch["depth"],
                        )
                    )
                    for i, index in enumerate(batch["index"]):
                        sample = split[index]
                        expect(
                            (sample["rgb"] == batch["rgb"][i]).all()
                            and (sample["depth"] == batch["depth"][i]).all()
                            and sample["label"] == batch["label"][i],
                            "a batch's arrays",
                        )
            expect(
                ours == dump(folder, kind, seed, stream, 3 * per_epoch),
                f"{folder} {kind} {seed} {stream}",
            )
            expect(
                sorted(by_numpy.epoch(1)) == list(range(len(split))),
                f"an epoch of {kind} has every sample once",
            )


def main():
    for codec in ("raw", "zstd"):
        for depth in ("rgb", "raw16"):
            with tempfile.TemporaryDirectory() as folder:
                subprocess.run([tool, "write", folder, codec, depth], check=True)
                compare(folder)
                print(f"{codec} {depth}: equal")


main()
