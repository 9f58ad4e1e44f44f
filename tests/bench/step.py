"""Training steps per second: rodtrain against the same step in eager PyTorch, and against the course's program.

    step.py RODTRAIN DATA PNG_FOLDER [--device cpu|cuda] [--arch resnet18] [--image-size 224] [--batch-size 64] [--seconds 10]

DATA is a data set of rodprep cache, PNG_FOLDER the same archive extracted. The method is rr. "Eager" is the step of
tests/parity/reference.py on one fixed batch; the course's program takes its four batches from PyTorch's DataLoader with
two workers and Pillow, rodtrain its own from the shards with two threads, as it does where data do not fit into memory.
Prints pairs per second of all four streams together, and the ratios that matter.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

import numpy as np
import torch
from PIL import Image

sys.path.append(str(pathlib.Path(__file__).parent.parent / "parity"))
import reference  # noqa: E402
from rival_loaders import find_pairs  # noqa: E402

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
WEIGHTS = {"rot": 1, "ent": 0.1, "adapt": 1, "progress": 1}
WORKERS = 2


class Pairs(torch.utils.data.Dataset):
    """What the course's program makes of a pair: resized, cropped, mirrored and, for rotations, turned by Pillow."""

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


def endless(loader):
    while True:
        yield from loader


def rate(step, args):
    """Steps per second; the first ones, which set things up, do not count."""
    def finish():
        if args.device == "cuda":
            torch.cuda.synchronize()

    for _ in range(3):
        step()
    finish()
    steps, start = 0, time.perf_counter()
    while time.perf_counter() - start < args.seconds:
        step()
        steps += 1
    finish()
    return steps / (time.perf_counter() - start)


def eager(args):
    """The step as a function of its batches."""
    method, streams, heads = reference.METHODS["rr"]
    network = reference.Network(args.arch, args.image_size, 47, heads).to(args.device)
    sgd = reference.optimizer(network, 3e-4, 1, 0.9, 0.05)

    def step(batches):
        sgd.zero_grad()
        method(network, batches, WEIGHTS)
        sgd.step()

    return step, streams


def fixed_batches(streams, args):
    shape = (args.batch_size, 3, args.image_size, args.image_size)
    return {stream: {"rgb": torch.randn(shape, device=args.device), "depth": torch.randn(shape, device=args.device),
                     "label": torch.zeros(args.batch_size, dtype=torch.long, device=args.device)} for stream in streams}


def loaded_batches(streams, args):
    pairs = find_pairs(args.png)
    loaders = {stream: endless(torch.utils.data.DataLoader(
        Pairs(pairs, args.image_size, stream.endswith("_rot")), batch_size=args.batch_size, shuffle=True, drop_last=True,
        num_workers=WORKERS, persistent_workers=True, pin_memory=args.device == "cuda")) for stream in streams}
    while True:
        yield {stream: dict(zip(("rgb", "depth", "label"), (t.to(args.device, non_blocking=True) for t in next(loader))))
               for stream, loader in loaders.items()}


def main():
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("rodtrain")
    cli.add_argument("data")
    cli.add_argument("png")
    cli.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    cli.add_argument("--arch", default="resnet18")
    cli.add_argument("--image-size", type=int, default=224)
    cli.add_argument("--batch-size", type=int, default=64)
    cli.add_argument("--seconds", type=float, default=10)
    args = cli.parse_args()

    command = [args.rodtrain, "bench", "--data", args.data, "--device", args.device, "--arch", args.arch, "--image-size",
               str(args.image_size), "--batch-size", str(args.batch_size), "--seconds", str(args.seconds), "--json", "--quiet",
               "--jobs", str(WORKERS), "--residency", "stream"]
    launched = {"GOMP_SPINCOUNT": "1000", **os.environ}  # as rodtrain's launcher starts it
    ours = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, env=launched).stdout)
    step, streams = eager(args)
    per_step = args.batch_size * len(streams)
    fixed = fixed_batches(streams, args)
    rates = {"rodtrain, one fixed batch": ours["step_pairs_per_second"], "rodtrain, with data": ours["train_pairs_per_second"],
             "eager PyTorch, one fixed batch": per_step * rate(lambda: step(fixed), args)}
    loaded = loaded_batches(streams, args)
    rates["the course's program"] = per_step * rate(lambda: step(next(loaded)), args)
    print(f"rr, {args.arch}, {args.image_size} px, batches of {args.batch_size}, {ours['device']}, torch {torch.__version__}")
    for name, value in rates.items():
        print(f"{name:32}{value:10.0f} pairs/s")
    fixed_rate, trained, eager_rate, course = rates.values()
    print(f"step over eager PyTorch's {fixed_rate / eager_rate:.2f}; training over the course's program {trained / course:.2f}; "
          f"training over its step {trained / fixed_rate:.2f}")


main()
