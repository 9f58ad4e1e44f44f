"""Training steps per second: rodtrain against the same step in eager PyTorch, and against the
course's program.

    step.py RODTRAIN DATA PNG_FOLDER [--device cpu|cuda] [--mode tf32] [--arch resnet18]
    [--image-size 224]
                                       [--batch-size 64] [--seconds 10]

DATA is a data set of rodprep cache, PNG_FOLDER the same archive extracted. The method is rr.
"Eager" is the step of tests/parity/reference.py on one fixed batch; the course's program takes its
four batches from PyTorch's DataLoader with two workers in all and Pillow, rodtrain its own from the
shards with two threads, as it does where data do not fit into memory. Prints pairs per second of
all four streams together, and the ratios that matter.
"""
import argparse
import json
import os
import subprocess

import numpy as np
import torch
from PIL import Image

from eager_step import add_options, eager_step, fixed_batches, rate
from rival_loaders import find_pairs

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
WORKERS = 2


class Pairs(torch.utils.data.Dataset):
    """What the course's program makes of a pair: resized, cropped, mirrored and, for rotations,
    turned by Pillow.
    """

    def __init__(self, pairs, size, turned):
        self.pairs, self.size, self.turned = pairs, size, turned

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, n):
        base = round(self.size * 8 / 7)
        left, top = np.random.randint(0, base - self.size + 1, 2)
        flip, turns = np.random.random() < 0.5, np.random.randint(0, 4, 2) * self.turned
        images = []
        for path, k in zip(self.pairs[n], turns):
            image = Image.open(path).convert("RGB").resize((base, base), Image.BILINEAR)
            image = image.crop((left, top, left + self.size, top + self.size))
            if flip:
                image = image.transpose(Image.FLIP_LEFT_RIGHT)
            pixels = np.rot90(np.asarray(image), k).transpose(2, 0, 1)
            images.append((torch.from_numpy(pixels.copy()) / 255 - MEAN) / STD)
        return *images, int((turns[0] - turns[1]) % 4)


class Streams(torch.utils.data.Dataset):
    """One pair of each stream, in an order of its own; so that WORKERS processes in all load them.
    """

    def __init__(self, streams, pairs, size):
        self.pairs = {stream: Pairs(pairs, size, stream.endswith("_rot")) for stream in streams}

    def __len__(self):
        return len(next(iter(self.pairs.values())))

    def __getitem__(self, n):
        chosen = {
            stream: pairs[np.random.randint(len(pairs))] for stream, pairs in self.pairs.items()
        }
        return {
            stream: dict(zip(("rgb", "depth", "label"), pair)) for stream, pair in chosen.items()
        }


def loaded_batches(streams, args):
    loader = torch.utils.data.DataLoader(
        Streams(streams, find_pairs(args.png), args.image_size),
        drop_last=True,
        batch_size=args.batch_size,
        num_workers=WORKERS,
        persistent_workers=True,
        pin_memory=args.device == "cuda",
    )
    while True:
        for batches in loader:
            yield {stream: {name: t.to(args.device, non_blocking=True) for name, t in batch.items()}
                   for stream, batch in batches.items()}


def main():
    cli = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    cli.add_argument("rodtrain")
    cli.add_argument("data")
    cli.add_argument("png")
    add_options(cli)
    args = cli.parse_args()

    amp = args.mode if args.mode in ("bf16", "fp16") else "off"
    command = [
        args.rodtrain,
        "bench",
        "--data",
        args.data,
        "--device",
        args.device,
        "--arch",
        args.arch,
        "--image-size",
        str(args.image_size),
        "--batch-size",
        str(args.batch_size),
        "--seconds",
        str(args.seconds),
        "--json",
        "--quiet",
        "--jobs",
        str(WORKERS),
        "--residency",
        "stream",
        "--amp",
        amp,
        "--tf32",
        "off" if args.mode == "float32" else "on",
    ]
    launched = {"GOMP_SPINCOUNT": "1000", **os.environ}  # as rodtrain's launcher starts it
    ours = json.loads(
        subprocess.run(command, stdout=subprocess.PIPE, check=True, env=launched).stdout
    )
    step, streams = eager_step(args)
    per_step = args.batch_size * len(streams)
    fixed = fixed_batches(streams, args)
    rates = {
        "rodtrain, one fixed batch": ours["step_pairs_per_second"],
        "rodtrain, with data": ours["train_pairs_per_second"],
        "eager PyTorch, one fixed batch": (
            per_step * rate(lambda: step(fixed), args.device, args.seconds)
        ),
    }
    loaded = loaded_batches(streams, args)
    rates["the course's program"] = per_step * rate(
        lambda: step(next(loaded)), args.device, args.seconds
    )
    print(
        f"rr, {args.arch}, {args.image_size} px, batches of {args.batch_size}, {args.mode},"
        f" {ours['device']}, torch {torch.__version__}"
    )
    for name, value in rates.items():
        print(f"{name:32}{value:10.0f} pairs/s")
    fixed_rate, trained, eager_rate, course = rates.values()
    print(
        f"step over eager PyTorch's {fixed_rate / eager_rate:.2f}; training over the course's"
        f" program {trained / course:.2f}; training over its step {trained / fixed_rate:.2f}"
    )


main()
