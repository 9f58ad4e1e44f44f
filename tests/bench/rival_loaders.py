"""Pairs per second that other loaders reach on the same pairs, for tests/bench/loaders.sh.

    rival_loaders.py RIVAL FOLDER [--workers 2] [--batch-size 64] [--seconds 10]

RIVAL is pillow (PyTorch's DataLoader over PNG files, what everybody uses), ffcv, webdataset or
streaming. FOLDER holds an extracted archive of the 2022 layout. Each pair becomes two uint8 images
of 256x256 in a shuffled batch, the same work that a batch of our loader stands for; ffcv holds them
raw, the others as the PNG files' own bytes. Prints one JSON object. Exit code 77: the rival is not
installed.
"""
import argparse
import importlib.metadata
import json
import os
import pathlib
import resource
import sys
import tempfile
import time

import numpy as np
from PIL import Image

SIZE = 256


def find_pairs(folder):
    found = {}
    for path in pathlib.Path(folder).rglob("*.png"):
        rgb = "rgb" in path.parts or "rgb-washington" in path.parts
        key = (
            str(path)
            .replace("surfnorm-washington", "rgb-washington")
            .replace("_depthcrop", "_crop")
            .replace("/depth/", "/rgb/")
        )
        found.setdefault(key, [None, None])[0 if rgb else 1] = path
    return [pair for _, pair in sorted(found.items()) if all(pair)]


def decode(image):
    return np.array(image.convert("RGB").resize((SIZE, SIZE), Image.BILINEAR))


class Pairs:
    """A torch data set; ffcv's writer indexes it, too."""

    def __init__(self, pairs):
        self.pairs = pairs

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, n):
        return tuple(decode(Image.open(path)) for path in self.pairs[n])


def pillow(pairs, args, _):
    import torch
    loader = torch.utils.data.DataLoader(
        Pairs(pairs),
        batch_size=args.batch_size,
        shuffle=True,
        num_workers=args.workers,
        drop_last=True,
        persistent_workers=True,
    )
    return loader, f"torch {torch.__version__}"


def ffcv(pairs, args, folder):
    from importlib.metadata import version

    from ffcv.fields import RGBImageField
    from ffcv.fields.rgb_image import SimpleRGBImageDecoder
    from ffcv.loader import Loader, OrderOption
    from ffcv.transforms import ToTensor
    from ffcv.writer import DatasetWriter
    path = os.path.join(folder, "pairs.beton")
    fields = {
        name: RGBImageField(write_mode="raw", max_resolution=SIZE) for name in ("rgb", "depth")
    }
    DatasetWriter(path, fields, num_workers=args.workers).from_indexed_dataset(Pairs(pairs))
    loader = Loader(
        path,
        batch_size=args.batch_size,
        num_workers=args.workers,
        order=OrderOption.RANDOM,
        os_cache=True,
        drop_last=True,
        pipelines={name: [SimpleRGBImageDecoder(), ToTensor()] for name in fields},
    )
    return loader, f"ffcv {version('ffcv')}"


def webdataset(pairs, args, folder):
    import torch
    import webdataset as wds
    per_shard = -(-len(pairs) // (4 * args.workers))
    with wds.ShardWriter(os.path.join(folder, "%05d.tar"), maxcount=per_shard, verbose=0) as writer:
        for n, (rgb, depth) in enumerate(pairs):
            writer.write(
                {
                    "__key__": f"{n:06d}",
                    "rgb.png": rgb.read_bytes(),
                    "depth.png": depth.read_bytes(),
                }
            )
    shards = sorted(str(path) for path in pathlib.Path(folder).glob("*.tar"))

    def images(sample):
        import io
        return tuple(
            decode(Image.open(io.BytesIO(sample[name]))) for name in ("rgb.png", "depth.png")
        )

    data = (
        wds.WebDataset(shards, shardshuffle=len(shards), empty_check=False).shuffle(200).map(images)
    )
    loader = torch.utils.data.DataLoader(
        data,
        batch_size=args.batch_size,
        num_workers=args.workers,
        drop_last=True,
        persistent_workers=True,
    )
    return loader, f"webdataset {wds.__version__}"


def streaming(pairs, args, folder):
    import torch
    from streaming import MDSWriter, StreamingDataset
    with MDSWriter(out=folder, columns={"rgb": "png", "depth": "png"}) as writer:
        for rgb, depth in pairs:
            writer.write({"rgb": Image.open(rgb), "depth": Image.open(depth)})

    class Decoded(StreamingDataset):
        def __getitem__(self, n):
            sample = super().__getitem__(n)
            return decode(sample["rgb"]), decode(sample["depth"])

    data = Decoded(local=folder, shuffle=True, batch_size=args.batch_size)
    loader = torch.utils.data.DataLoader(
        data,
        batch_size=args.batch_size,
        num_workers=args.workers,
        drop_last=True,
        persistent_workers=True,
    )
    return loader, f"mosaicml-streaming {importlib.metadata.version('mosaicml-streaming')}"


def measure(loader, args):
    """Pairs per second, and pairs in all with those of the first pass, which is not measured:
    workers' start, just-in-time compilation and the page cache are not what matters.
    """
    first = sum(len(batch[0]) for batch in loader)
    pairs, start = 0, time.perf_counter()
    while time.perf_counter() - start < args.seconds:
        for batch in loader:
            pairs += len(batch[0])
            if time.perf_counter() - start >= args.seconds:
                break
    return pairs / (time.perf_counter() - start), first + pairs


def cpu_seconds():
    """Of this process and of the workers that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main():
    rivals = {"pillow": pillow, "ffcv": ffcv, "webdataset": webdataset, "streaming": streaming}
    cli = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    cli.add_argument("rival", choices=rivals)
    cli.add_argument("folder")
    cli.add_argument("--workers", type=int, default=2)
    cli.add_argument("--batch-size", type=int, default=64)
    cli.add_argument("--seconds", type=float, default=10)
    args = cli.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            loader, version = rivals[args.rival](find_pairs(args.folder), args, folder)
        except ImportError as error:
            print(f"{args.rival}: not installed ({error})", file=sys.stderr)
            sys.exit(77)
        before = cpu_seconds()
        rate, pairs = measure(loader, args)
        del loader
        cpu = (cpu_seconds() - before) / pairs * 1e6
    largest = [
        resource.getrusage(who).ru_maxrss // 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    print(
        json.dumps(
            {
                f"{args.rival}_pairs_per_second": rate,
                "workers": args.workers,
                "version": version,
                "cpu_microseconds_per_pair": cpu,
                "memory_mib": largest[0] + args.workers * largest[1],
            }
        )
    )


if __name__ == "__main__":
    main()
