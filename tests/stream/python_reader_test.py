"""The Python reader gives the samples of the C++ loader, in its order: python_reader_test.py STREAM_TOOL PYTHON_FOLDER

Exit code 77: something that it needs is not installed.
"""
import pathlib
import pickle
import subprocess
import sys
import tempfile

tool, python_folder = sys.argv[1:3]
sys.path.insert(0, python_folder)
try:
    import numpy as np
    import zstandard  # noqa: F401

    import rod
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

BATCH, WINDOW = 4, 2


def dump(folder, kind, seed, stream, batches):
    return subprocess.run([tool, "dump", folder, "ROD", kind, str(seed), str(stream), str(batches)],
                          check=True, capture_output=True).stdout


def expect(condition, what):
    if not condition:
        sys.exit(f"FAILED: {what}")


def sample_bytes(sample):
    return np.array([sample.index, sample.label], np.uint64).tobytes() + sample.rgb.tobytes() + sample.depth.tobytes()


def compare(folder):
    split = rod.Split(folder, "ROD")
    per_epoch = len(split) // BATCH
    for kind in ("full", "window", "sequential"):
        for seed, stream in ((1, 0), (7, 2**63 + 5)):
            ours = b""
            for epoch in range(3):
                for batch in split.batches(BATCH, seed, stream, epoch, kind, WINDOW):
                    expect(batch.rgb.shape == (BATCH, 16, 21, 3), batch.rgb.shape)
                    ours += b"".join(sample_bytes(split[n]) for n in batch.index)
                    expect(all((split[n].rgb == batch.rgb[i]).all() and (split[n].depth == batch.depth[i]).all()
                               and split[n].label == batch.label[i] for i, n in enumerate(batch.index)), "a batch's arrays")
            expect(ours == dump(folder, kind, seed, stream, 3 * per_epoch), f"{folder} {kind} {seed} {stream}")
            expect(sorted(sample.index for sample in split.epoch(seed, stream, 1, kind, WINDOW)) == list(range(len(split))),
                   f"an epoch of {kind} has every sample once")


def check_sequence_protocol(folder):
    split = rod.Split(folder, "ROD")
    expect(rod.split_names(folder) == ["ROD"] and len(split) == 29, "names and length")
    expect(split[-1].index == 28 and split[28].key == "apple/a_28.png", "negative numbers and keys")
    expect([sample.index for sample in split] == list(range(29)), "iteration")
    expect(split.labels.tolist() == [sample.label for sample in split], "labels")
    expect(sample_bytes(pickle.loads(pickle.dumps(split))[5]) == sample_bytes(split[5]), "a pickled split")
    try:
        split[29]
    except IndexError:
        return
    sys.exit("FAILED: a number past the end is refused")


def check_damage_is_named(folder):
    path = pathlib.Path(folder, "ROD/00001.safetensors")
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    try:
        rod.Split(folder, "ROD")
        sys.exit("FAILED: a shard that was cut is refused")
    except ValueError as error:
        expect(str(path) in str(error), error)
    path.write_bytes(content)


def main():
    for codec in ("raw", "zstd"):
        for depth in ("rgb", "raw16"):
            with tempfile.TemporaryDirectory() as folder:
                subprocess.run([tool, "write", folder, codec, depth], check=True)
                compare(folder)
                check_sequence_protocol(folder)
                check_damage_is_named(folder)
                print(f"{codec} {depth}: equal")


main()
