"""Pairs per second of what everybody uses: PyTorch's DataLoader over PNG files decoded by Pillow.

    pillow_loader.py FOLDER [--workers 2] [--batch-size 64] [--seconds 20]

FOLDER holds an extracted archive of the 2022 layout. Each pair is opened, resized to 256x256 (bilinear) and collated
to uint8 tensors [B,256,256,3], the same work that our loader's batch stands for. Prints one JSON object.
"""
import argparse
import json
import pathlib
import time

import numpy as np
import torch
from PIL import Image


class Pairs(torch.utils.data.Dataset):
    def __init__(self, folder):
        found = {}
        for path in pathlib.Path(folder).rglob("*.png"):
            parts = path.parts
            rgb = "rgb" in parts or "rgb-washington" in parts
            key = str(path).replace("surfnorm-washington", "rgb-washington").replace("_depthcrop", "_crop").replace("/depth/", "/rgb/")
            found.setdefault(key, [None, None])[0 if rgb else 1] = path
        self.pairs = [pair for _, pair in sorted(found.items()) if all(pair)]

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, n):
        return tuple(
            torch.from_numpy(np.array(Image.open(path).convert("RGB").resize((256, 256), Image.BILINEAR)))
            for path in self.pairs[n]
        )


def main():
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("folder")
    cli.add_argument("--workers", type=int, default=2)
    cli.add_argument("--batch-size", type=int, default=64)
    cli.add_argument("--seconds", type=float, default=20)
    args = cli.parse_args()
    loader = torch.utils.data.DataLoader(
        Pairs(args.folder), batch_size=args.batch_size, shuffle=True, num_workers=args.workers, drop_last=True)
    next(iter(loader))  # workers' start and the page cache are not what is measured
    pairs, start = 0, time.perf_counter()
    while time.perf_counter() - start < args.seconds:
        for rgb, depth in loader:
            pairs += len(rgb)
            if time.perf_counter() - start >= args.seconds:
                break
    seconds = time.perf_counter() - start
    print(json.dumps({"pillow_pairs_per_second": pairs / seconds, "pairs": pairs, "seconds": seconds,
                      "workers": args.workers, "torch": torch.__version__}))


if __name__ == "__main__":
    main()
