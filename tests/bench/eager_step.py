"""Pairs per second of rr's step in eager PyTorch, of all four streams together, on one fixed batch;
the CPU's time per step.

    eager_step.py [--device cuda] [--mode float32|tf32|bf16|fp16] [--arch resnet18] [--image-size
    224] [--batch-size 64]

The step is that of tests/parity/reference.py, as a person writes it: float32 weights, autocast for
16 bits (for fp16 without the scaling of losses, which would take time), cuDNN's benchmark mode on.
"""
import argparse
import pathlib
import sys
import time

import torch

sys.path.append(str(pathlib.Path(__file__).parent.parent / "parity"))
import reference  # noqa: E402

WEIGHTS = {"rot": 1, "ent": 0.1, "adapt": 1, "progress": 1}
CLASSES = 47
DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


def rate(step, device, seconds):
    """Steps per second; the first ones, which set things up, do not count."""
    def finish():
        if device == "cuda":
            torch.cuda.synchronize()

    for _ in range(3):
        step()
    finish()
    steps, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        step()
        steps += 1
    finish()
    return steps / (time.perf_counter() - start)


def add_options(parser):
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--mode", default="tf32", choices=("float32", "tf32", "bf16", "fp16"))
    parser.add_argument("--arch", default="resnet18")
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=10)


def eager_step(args):
    """The step as a function of its batches, and the names of their streams."""
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = args.mode != "float32"
    dtype = DTYPES.get(args.mode)
    method, streams, heads = reference.METHODS["rr"]
    network = reference.Network(args.arch, args.image_size, CLASSES, heads).to(args.device)
    sgd = reference.optimizer(network, 3e-4, 1, 0.9, 0.05)

    def step(batches):
        sgd.zero_grad()
        with torch.autocast(args.device, dtype=dtype or torch.bfloat16, enabled=dtype is not None):
            method(network, batches, WEIGHTS)
        sgd.step()

    return step, streams


def fixed_batches(streams, args):
    shape = (args.batch_size, 3, args.image_size, args.image_size)
    return {
        stream: {
            "rgb": torch.randn(shape, device=args.device),
            "depth": torch.randn(shape, device=args.device),
            "label": torch.zeros(args.batch_size, dtype=torch.long, device=args.device),
        }
        for stream in streams
    }


if __name__ == "__main__":
    cli = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_options(cli)
    options = cli.parse_args()
    eager, names = eager_step(options)
    fixed = fixed_batches(names, options)
    cpu_seconds = []

    def timed():
        start = time.process_time()
        eager(fixed)
        cpu_seconds.append(time.process_time() - start)

    steps_per_second = rate(timed, options.device, options.seconds)
    print(f"{options.batch_size * len(names) * steps_per_second:.1f} pairs/s, "
          f"{1e3 * sum(cpu_seconds[3:]) / len(cpu_seconds[3:]):.1f} ms of the CPU per step")
