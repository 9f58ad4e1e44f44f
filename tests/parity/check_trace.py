"""Repeats in PyTorch the steps that `rodtrain --trace N --dropout-p 0 --rot-dropout-p 0 --amp off`
wrote down.

    check_trace.py LOGDIR/trace [--data DATASET]

Compares losses, weights, buffers and momentum, which after the first step is the gradient: step by
step, each from the traced weights, and chained, from the first step's weights alone. With --data, a
data set of codec raw, also the inputs: Pillow does what the augmentation says to the samples that
the trace names, and so does torchvision where it is installed. Exit code 1 if anything differs.
"""

import argparse
import json
import pathlib
import sys

import numpy as np
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file
try:
    from torchvision.transforms import functional as torchvision
except (ImportError, RuntimeError):  # absent, or of another torch than this one
    torchvision = None

import reference

STEP_TOLERANCE = 1e-5
CHAIN_TOLERANCE = 1e-3
# Of what one step adds to one tensor: beside the weights it is small, and a wrong weight of a loss
# shows only here.
UPDATE_TOLERANCE = 1e-3
# Deep networks amplify rounding: an activation near zero that falls on the other side of a ReLU
# takes its gradient with it. So single tensors may also differ by this many times what parts
# PyTorch's own float32 from its float64.
ROUNDINGS = 4
MEAN = np.array([0.485, 0.456, 0.406])
STD = np.array([0.229, 0.224, 0.225])


def read_settings(file):
    with safe_open(file, "pt") as opened:
        return opened.metadata()


def part(trace, prefix):
    return {name[len(prefix):]: value for name, value in trace.items() if name.startswith(prefix)}


def error(found, expected):
    """Length of the difference, relative to the expected tensor's."""
    difference = (found.double() - expected.double()).norm().item()
    return difference / max(expected.double().norm().item(), 1e-12)


def is_buffer(name):
    return ".running_" in name or name.endswith("num_batches_tracked")


def weights_error(found, expected):
    """Of all weights as one vector."""
    names = [name for name in expected if not is_buffer(name)]
    return error(*(torch.cat([state[n].flatten() for n in names]) for state in (found, expected)))


def momentum_error(found, expected):
    """Of all momenta as one vector."""
    return error(
        *(torch.cat([momenta[n].flatten() for n in expected]) for momenta in (found, expected))
    )


def update_error(before, found, expected):
    """Of what was added to a tensor, beyond what the rounding of float32 explains."""
    rounding = 1.2e-7 * before.double().norm().item() + 1e-7
    difference = (found.double() - expected.double()).norm().item()
    return max(difference - rounding, 0) / max(
        (expected.double() - before.double()).norm().item(), 1e-12
    )


class Check:
    def __init__(self):
        self.worst = {}
        self.failed = False

    def add(self, what, value, tolerance, name):
        if not value <= tolerance:
            print(f"{what}: {name} differs by {value:.2e}, more than {tolerance:.0e}")
            self.failed = True
        if not value <= self.worst.get(what, (-1, ""))[0]:
            self.worst[what] = (value, name)


class Trainer:
    """The reference, set up as the trace's settings say, in float32 or float64."""

    def __init__(self, settings, before, dtype=torch.float32):
        self.dtype = dtype
        self.method, self.streams, heads = reference.METHODS[settings["method"]]
        self.network = reference.Network(
            settings["arch"],
            int(settings["image_size"]),
            len(before["netF.fc2.bias"]),
            heads,
            settings["modality"],
        )
        self.sgd = reference.optimizer(
            self.network.to(dtype),
            *(float(settings[k]) for k in ("lr", "lr_mult", "momentum", "weight_decay")),
        )
        self.load(before)

    def load(self, state):
        self.network.load_state_dict(state, strict=True)

    def step(self, trace, settings):
        batches = {s: part(trace, f"{s}.") for s in self.streams}
        for batch in batches.values():
            batch.update({name: batch[name].to(self.dtype) for name in self.network.modalities})
        weights = {k: float(settings["weight_" + k]) for k in ("rot", "ent", "adapt")}
        self.sgd.zero_grad()
        losses = self.method(
            self.network, batches, weights | {"progress": float(settings["progress"])}
        )
        self.sgd.step()
        return losses, self.network.state_dict()

    def momentum(self):
        """By name, of what has had a gradient; after the first step gradient + weight decay x
        parameter.
        """
        states = {
            name: self.sgd.state.get(p, {}).get("momentum_buffer")
            for name, p in self.network.named_parameters()
        }
        return {name: value for name, value in states.items() if value is not None}


def check_losses(check, what, found, trace, tolerance):
    expected = part(trace, "loss.")
    if set(expected) != {name.removeprefix("loss.") for name in found}:
        sys.exit(f"the trace has the losses {sorted(expected)}, the method {sorted(found)}")
    for name, value in found.items():
        check.add(f"{what} losses", error(trace[name], value.reshape(1)), tolerance, name)


def check_buffers(check, what, found, after, tolerance):
    for name, value in found.items():
        if is_buffer(name):
            check.add(f"{what} each buffer", error(after[name], value), tolerance, name)


def roundings(before, state, exact):
    """What float32 alone makes of one step: the largest error of a buffer, and of an update."""
    buffers = [error(state[n], exact[n]) for n in state if is_buffer(n)]
    updates = [update_error(before[n], state[n], exact[n]) for n in state if not is_buffer(n)]
    return max(buffers), max(updates)


def check_arithmetic(check, files, settings):
    first = part(load_file(files[0]), "before.")
    single, exact = Trainer(settings, first), Trainer(settings, first, torch.float64)
    chained = Trainer(settings, first) if len(files) > 1 else None
    for file in files:
        trace, of_step = load_file(file), read_settings(file)
        before, after = part(trace, "before."), part(trace, "after.")
        for name, value in before.items():
            if value.dtype != (
                torch.int64 if name.endswith("num_batches_tracked") else torch.float32
            ):
                sys.exit(f"{file}: before.{name} is {value.dtype}")

        single.load(before)
        exact.load(before)
        losses, state = single.step(trace, of_step)
        buffer_rounding, update_rounding = roundings(before, state, exact.step(trace, of_step)[1])
        check_losses(check, "one step: ", losses, trace, STEP_TOLERANCE)
        check.add("one step:  weights", weights_error(after, state), STEP_TOLERANCE, file.name)
        of_rounding = momentum_error(single.momentum(), exact.momentum())
        check.add(
            "one step:  momentum",
            momentum_error(part(trace, "momentum."), single.momentum()),
            max(STEP_TOLERANCE, ROUNDINGS * of_rounding),
            file.name,
        )
        check_buffers(
            check, "one step: ", state, after, max(STEP_TOLERANCE, ROUNDINGS * buffer_rounding)
        )
        for name, value in state.items():
            if not is_buffer(name):
                check.add("one step:  each update", update_error(before[name], after[name], value),
                          max(UPDATE_TOLERANCE, ROUNDINGS * update_rounding), name)

        if len(files) == 1:
            return
        losses, state = chained.step(trace, of_step)
        check_losses(check, "chained:  ", losses, trace, CHAIN_TOLERANCE)
        check.add("chained:   weights", weights_error(after, state), CHAIN_TOLERANCE, file.name)
        check_buffers(check, "chained:  ", state, after, CHAIN_TOLERANCE)


class Split:
    """A split of a data set of codec raw: the pixels of a line of its list."""

    def __init__(self, dataset, manifest, name):
        split = next(s for s in manifest["splits"] if s["name"] == name)
        self.refused = split["refused_lines"]
        self.shards = [load_file(dataset / shard["file"]) for shard in split["shards"]]

    def images(self, line):
        n = line - sum(1 for refused in self.refused if refused < line)
        for shard in self.shards:
            if n < len(shard["label"]):
                return {k: shard[k][n].numpy() for k in ("rgb", "depth")}, int(shard["label"][n])
            n -= len(shard["label"])
        sys.exit(f"the data set has no line {line}")


def pillow_input(pixels, augment, k, angles, size):
    top, left, flip = augment[:3]
    base = round(size * 8 / 7)
    image = Image.fromarray(pixels)
    if image.size != (base, base):
        image = image.resize((base, base), Image.BILINEAR)
    image = image.crop((left, top, left + size, top + size))
    if flip:
        image = image.transpose(Image.FLIP_LEFT_RIGHT)
    if angles > 4:
        image = image.rotate(360 * k / angles, Image.BILINEAR)
    elif k:
        image = image.transpose([Image.ROTATE_90, Image.ROTATE_180, Image.ROTATE_270][k - 1])
    return ((np.asarray(image) / 255 - MEAN) / STD).transpose(2, 0, 1)


def torchvision_input(pixels, augment, k, angles, size):
    top, left, flip = augment[:3]
    bilinear = torchvision.InterpolationMode.BILINEAR
    image = torchvision.resize(Image.fromarray(pixels), [round(size * 8 / 7)] * 2, bilinear)
    image = torchvision.crop(image, top, left, size, size)
    if flip:
        image = torchvision.hflip(image)
    image = torchvision.rotate(
        image, 360 * k / angles, bilinear if angles > 4 else torchvision.InterpolationMode.NEAREST
    )
    return torchvision.normalize(torchvision.to_tensor(image), MEAN, STD).numpy()


def check_inputs(check, files, settings, dataset):
    manifest = json.loads((dataset / "dataset.json").read_text())
    if manifest["codec"] != "raw":
        sys.exit(
            f"{dataset}: its codec is {manifest['codec']}; make it with rodprep cache --codec raw"
        )
    names = {"source": settings["source"] + "-train", "target": settings["target"]}
    splits = {domain: Split(dataset, manifest, name) for domain, name in names.items()}
    rivals = {"Pillow": pillow_input} | ({"torchvision": torchvision_input} if torchvision else {})
    size = int(settings["image_size"])
    angles = reference.ANGLES if "regression" in settings["method"] else 4
    for file in files:
        trace = load_file(file)
        for stream in reference.METHODS[settings["method"]][1]:
            augments = trace[f"{stream}.augment"].tolist()
            for b, line in enumerate(trace[f"{stream}.index"].tolist()):
                images, label = splits[stream.removesuffix("_rot")].images(line)
                k = {"rgb": augments[b][3], "depth": augments[b][4]}
                for modality, pixels in images.items():
                    if settings["modality"] not in (modality, "rgbd"):
                        continue
                    found = trace[f"{stream}.{modality}"][b].numpy()
                    for rival, transform in rivals.items():
                        difference = found - transform(
                            pixels, augments[b], k[modality], angles, size
                        )
                        levels = np.abs(difference * STD[:, None, None] * 255).max()
                        check.add(
                            f"levels of 255 to {rival}",
                            levels,
                            1.01,
                            f"{stream}.{modality} of line {line}",
                        )
                if stream.endswith("_rot"):
                    label = (k["rgb"] - k["depth"]) % angles
                check.add(
                    "labels",
                    abs(label - int(trace[f"{stream}.label"][b])),
                    0,
                    f"{stream} line {line}",
                )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("trace", type=pathlib.Path)
    parser.add_argument("--data", type=pathlib.Path)
    arguments = parser.parse_args()
    files = sorted(arguments.trace.glob("step-*.safetensors"))
    if not files:
        sys.exit(f"{arguments.trace}: no step-*.safetensors in it")
    settings = read_settings(files[0])
    check = Check()
    check_arithmetic(check, files, settings)
    if arguments.data:
        check_inputs(check, files, settings, arguments.data)
    print(
        f"{len(files)} steps of {settings['method']} with {settings['arch']}; largest differences:"
    )
    for what, (value, name) in check.worst.items():
        print(f"  {what:32} {value:.2e}  {name}")
    sys.exit(1 if check.failed else 0)


main()
