"""Networks that rodtrain has trained, as PyTorch modules under the names of the course's program.

    # A checkpoint, or what `rodtrain export` wrote.
    network = rodprep.models.load("runs/rr/best.safetensors")
    logits = network(network.preprocess(rgb), network.preprocess(depth))
    network.classes[int(logits[0].argmax())]

Only this module and rodprep.torch import torch. The package safetensors is not needed.
"""

from __future__ import annotations

import json
import os
import pathlib
import re

import torch
from torch import Tensor, nn
from torch.nn import functional

from rodprep._errors import DataError

DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
ARCHS = {
    "resnet10-slim": ([1, 1, 1, 1], 16, 1),
    "resnet10": ([1, 1, 1, 1], 64, 1),
    "resnet18": ([2, 2, 2, 2], 64, 1),
    # blocks, width, factor by which a block's output is wider
    "resnet34": ([3, 4, 6, 3], 64, 1),
    "resnet50": ([3, 4, 6, 3], 64, 4),
}
MODALITIES = {"rgbd": ("rgb", "depth"), "rgb": ("rgb",), "depth": ("depth",)}
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
MAX_HEADER = 100_000_000  # bytes


def conv(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)


class Block(nn.Module):
    def __init__(self, inputs: int, width: int, stride: int, wider: int) -> None:
        super().__init__()
        outputs = width * wider
        shapes = [(inputs, width, 3, stride), (width, width, 3, 1)]
        if wider > 1:
            shapes = [(inputs, width, 1, 1), (width, width, 3, stride), (width, outputs, 1, 1)]
        self.stages = len(shapes)
        for number, shape in enumerate(shapes, 1):
            self.add_module(f"conv{number}", conv(*shape))
            self.add_module(f"bn{number}", nn.BatchNorm2d(shape[1]))
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        y = x
        for number in range(1, self.stages + 1):
            y = self.get_submodule(f"bn{number}")(self.get_submodule(f"conv{number}")(y))
            y = functional.relu(y) if number < self.stages else y
        return functional.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Sequential):
    """[B,3,S,S] -> the last feature map. Smaller images are halved less often: see
    trainer/network/resnet.h.
    """

    def __init__(self, arch: str, image_size: int) -> None:
        blocks, width, wider = ARCHS[arch]
        super().__init__()
        self.conv1 = conv(3, width, 7 if image_size >= 128 else 3, 2 if image_size >= 64 else 1)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        if image_size >= 128:
            self.maxpool = nn.MaxPool2d(3, 2, 1)
        inputs = width
        for layer, count in enumerate(blocks):
            stages = []
            for block in range(count):
                stages.append(Block(inputs, width << layer, 2 if layer and not block else 1, wider))
                inputs = (width << layer) * wider
            self.add_module(f"layer{layer + 1}", nn.Sequential(*stages))
        self.outputs = inputs


class ClassHead(nn.Module):
    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.fc1 = nn.Sequential(
            nn.Linear(inputs, 1000), nn.BatchNorm1d(1000), nn.ReLU(), nn.Dropout()
        )
        self.fc2 = nn.Linear(1000, classes)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.fc2(self.fc1(x))
        return logits


class Network(nn.Module):
    """The classifier of a run: netG_rgb and netG_depth, or one of them, and netF."""

    def __init__(self, arch: str, modality: str, image_size: int, classes: list[str]) -> None:
        super().__init__()
        self.modalities, self.image_size, self.classes = MODALITIES[modality], image_size, classes
        features = 0
        for name in self.modalities:
            backbone = ResNet(arch, image_size)
            self.add_module(f"netG_{name}", backbone)
            features += backbone.outputs
        self.netF = ClassHead(features, len(classes))

    def features(self, *images: Tensor) -> Tensor:
        """The input of the classifier, [B,F]. `images`: as for forward()."""
        if len(images) != len(self.modalities):
            raise TypeError(
                f"expected {' and '.join(self.modalities)}, found {len(images)} tensors"
            )
        maps = [self.get_submodule(f"netG_{name}")(x) for name, x in zip(self.modalities, images)]
        return torch.cat(maps, 1).mean((2, 3))

    def forward(self, *images: Tensor) -> Tensor:
        """Logits [B,classes] of images [B,3,S,S], one tensor per modality, RGB first, as
        preprocess() returns them.
        """
        logits: Tensor = self.netF(self.features(*images))
        return logits

    def preprocess(self, pixels: Tensor) -> Tensor:
        """Pixels uint8 [B,H,W,3] of a data set -> float32 [B,3,S,S], as `rodtrain eval` and
        `predict` do it.
        """
        x, base = pixels.permute(0, 3, 1, 2).float(), (16 * self.image_size + 7) // 14
        for height in (x.shape[2], base):  # rows, then columns, as Pillow does
            if x.shape[2:] != (height, base):
                x = (
                    (
                        functional.interpolate(x, (height, base), mode="bilinear", antialias=True)
                        + 0.5
                    )
                    .floor()
                    .clamp(0, 255)
                )
        first = round((base - self.image_size) / 2)
        x = x[:, :, first:first + self.image_size, first:first + self.image_size] / 255
        mean, std = (torch.tensor(values, device=x.device).view(3, 1, 1) for values in (MEAN, STD))
        return (x - mean) / std


def read_safetensors(path: str | os.PathLike[str]) -> tuple[dict[str, str], dict[str, Tensor]]:
    """The metadata and tensors of a safetensors file. Raises DataError."""
    try:
        data = bytearray(pathlib.Path(path).read_bytes())
        size = int.from_bytes(data[:8], "little")
        if not 2 <= size <= min(MAX_HEADER, len(data) - 8):
            raise ValueError(f"its header has {size} bytes")
        header = json.loads(data[8:8 + size])
        metadata = {str(key): str(value) for key, value in header.pop("__metadata__", {}).items()}
        tensors, body = {}, memoryview(data)[8 + size:]
        for name, entry in header.items():
            dtype, shape, (begin, end) = (
                DTYPES[entry["dtype"]],
                [int(n) for n in entry["shape"]],
                entry["data_offsets"],
            )
            if not 0 <= begin <= end <= len(body) or min(shape, default=0) < 0:
                raise ValueError(f"the tensor {name} lies outside of it")
            values = (
                torch.frombuffer(body[begin:end], dtype=torch.uint8)
                if end > begin
                else torch.empty(0, dtype=torch.uint8)
            )
            tensors[name] = values.clone().view(dtype).reshape(shape)
        return metadata, tensors
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RuntimeError,
        RecursionError,
    ) as error:
        raise DataError(
            f"{os.fspath(path)}: is not a valid safetensors file: {error}"
        ) from error


def load(checkpoint: str | os.PathLike[str]) -> Network:
    """The classifier of a checkpoint of `rodtrain`, or of a .safetensors of `rodtrain export`;
    float32, on the CPU, in evaluation mode.

    Raises DataError when the file is neither, or is damaged.
    """
    metadata, tensors = read_safetensors(checkpoint)
    newest = metadata.get("newest", "")
    # last.safetensors
    if metadata.get("format") == "rodtrain pointer" and re.fullmatch(
        r"step-\d+\.safetensors", newest
    ):
        metadata, tensors = read_safetensors(pathlib.Path(checkpoint).with_name(newest))
    try:
        options, count = json.loads(metadata["options"]), int(metadata["classes"])
        classes = json.loads(metadata.get("class_names", "null")) or [
            str(label) for label in range(count)
        ]
        network = Network(
            options["arch"], options.get("modality", "rgbd"), int(options["image-size"]), classes
        )
        parts = tuple(f"{name}." for name, _ in network.named_children())
        network.load_state_dict(
            {name: tensor for name, tensor in tensors.items() if name.startswith(parts)}
        )
    except (KeyError, ValueError, TypeError, RuntimeError) as error:
        raise DataError(
            f"{os.fspath(checkpoint)}: is not a checkpoint or export of a whole network of"
            " rodtrain:"
            f" {error!r}"
        ) from error
    return network.eval()
