"""One split of a data set as a sequence of samples."""
import dataclasses
import json
import os
import struct

import numpy as np

from rod.codec import decode_jpeg, decode_zstd
from rod.order import Order

DTYPES = {"U8": "u1", "U16": "<u2", "I64": "<i8", "U64": "<u8"}
MAX_HEADER = 100_000_000


@dataclasses.dataclass(frozen=True)
class Sample:
    rgb: np.ndarray    # [H,W,3] u8
    depth: np.ndarray  # [H,W,3] u8 colours, [H,W] u16 millimetres, or None in a data set of RGB alone
    label: int
    key: str           # the path as the split list writes it
    index: int         # number within the split


@dataclasses.dataclass(frozen=True)
class Batch:
    rgb: np.ndarray    # [B,H,W,3] u8
    depth: np.ndarray  # [B,H,W,3] u8, [B,H,W] u16, or None
    label: np.ndarray  # [B] i64
    index: np.ndarray  # [B] i64, number within the split


def read_manifest(folder):
    path = os.path.join(folder, "dataset.json")
    with open(path, encoding="utf-8") as file:
        manifest = json.load(file)
    if manifest.get("format") != "rod-dataset" or manifest.get("version") != 1:
        raise ValueError(f"{path}: is no data set of version 1")
    return manifest


def split_names(folder):
    """The splits of a data set: ["ROD", "synROD-test", "synROD-train"]."""
    return [split["name"] for split in read_manifest(folder)["splits"]]


class Shard:
    """One file, read by position: it may be used by threads and after a fork."""

    def __init__(self, folder, info, manifest):
        self.path = os.path.join(folder, info["file"])
        self.manifest = manifest
        self.fd = os.open(self.path, os.O_RDONLY)
        size = os.fstat(self.fd).st_size
        if size != info["bytes"]:
            raise ValueError(f"{self.path}: has {size} bytes, expected {info['bytes']}")
        length = struct.unpack("<Q", self.read(0, 8))[0]
        if not 2 <= length <= min(MAX_HEADER, size - 8):
            raise ValueError(f"{self.path}: its header claims {length} bytes")
        header = json.loads(self.read(8, length))
        meta = header.pop("__metadata__")
        for name in ("codec", "depth", "height", "width"):
            if meta.get(name) != str(manifest[name]):
                raise ValueError(f"{self.path}: its {name} is {meta.get(name)}, expected {manifest[name]}")
        self.tensors = {}
        for name, tensor in header.items():
            begin, end = tensor["data_offsets"]
            dtype = np.dtype(DTYPES[tensor["dtype"]])
            if not 0 <= begin <= end <= size - 8 - length or end - begin != dtype.itemsize * int(np.prod(tensor["shape"])):
                raise ValueError(f"{self.path}: tensor {name!r} lies outside the file")
            self.tensors[name] = (8 + length + begin, dtype, tuple(tensor["shape"]))
        self.labels = self.whole("label")
        if len(self.labels) != info["samples"]:
            raise ValueError(f"{self.path}: has {len(self.labels)} samples, expected {info['samples']}")
        self.keys, self.key_offsets = self.whole("key").tobytes(), self.whole("key_offsets")
        self.hashes = self.whole("hash")
        self.offsets = {name: self.whole(name + "_offsets") for name in ("rgb", "depth") if name + "_offsets" in header}
        self.sizes = self.whole("size") if "size" in header else None  # of images that have each their own

    def __del__(self):
        if hasattr(self, "fd"):
            os.close(self.fd)

    def read(self, offset, count):
        parts = []
        while count > 0:
            part = os.pread(self.fd, count, offset)
            if not part:
                raise ValueError(f"{self.path}: ends at byte {offset}; it is truncated")
            parts.append(part)
            offset, count = offset + len(part), count - len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def whole(self, name):
        offset, dtype, shape = self.tensors[name]
        return np.frombuffer(self.read(offset, dtype.itemsize * int(np.prod(shape))), dtype).reshape(shape)

    def key(self, n):
        return self.keys[self.key_offsets[n]:self.key_offsets[n + 1]].decode("utf-8", "surrogateescape")

    def image(self, name, n):
        if name not in self.tensors:
            return None
        height, width = self.manifest["height"], self.manifest["width"]
        if self.sizes is not None:
            height, width = map(int, self.sizes[n, :2] if name == "rgb" else self.sizes[n, 2:])
        colour = name == "rgb" or self.manifest["depth"] == "rgb"
        dtype, channels = (np.uint8, 3) if colour else (np.uint16, 1)
        size = height * width * channels * np.dtype(dtype).itemsize
        begin, end = map(int, self.offsets[name][n:n + 2]) if name in self.offsets else (n * size, n * size + size)
        stored = self.read(self.tensors[name][0] + begin, end - begin)
        try:
            if self.manifest["codec"] == "raw":
                pixels = np.frombuffer(stored, dtype).reshape(height, width, channels)
            elif self.manifest["codec"] == "zstd":
                pixels = decode_zstd(stored, height, width, channels, dtype)
            else:
                pixels = decode_jpeg(stored, height, width)
        except ValueError as error:
            raise ValueError(f"{self.path}: sample {n} ({self.key(n)}): its {name} is damaged: {error}") from error
        self.check(name, n, pixels)
        return pixels if colour else pixels[:, :, 0]

    def check(self, name, n, pixels):
        """Compares with the stored hash, where Python's xxhash is installed."""
        try:
            import xxhash
        except ImportError:
            return
        expected = int(self.hashes[n, 0 if name == "rgb" else 1])
        if xxhash.xxh3_64_intdigest(np.ascontiguousarray(pixels).data.cast("B")) != expected:
            raise ValueError(f"{self.path}: sample {n} ({self.key(n)}): its {name} has another hash than expected; "
                             "run 'rodprep verify DATASET --repair SOURCE'")


class Split:
    """Samples 0 .. len() - 1, in the split list's order. Threads and forked workers may share it."""

    def __init__(self, folder, name):
        self.folder, self.name = os.fspath(folder), name
        manifest = read_manifest(self.folder)
        found = [split for split in manifest["splits"] if split["name"] == name]
        if not found:
            raise ValueError(f"there is no split {name!r}; the data set has: {', '.join(split_names(folder))}")
        self.classes = manifest["classes"]
        self.shards = [Shard(self.folder, info, manifest) for info in found[0]["shards"]]
        self.first = np.cumsum([0] + [len(shard.labels) for shard in self.shards])
        self.labels = np.concatenate([shard.labels for shard in self.shards]) if self.shards else np.zeros(0, np.int64)
        self.block = max(1, -(-len(self) // max(1, len(self.shards))))  # Order's, of kind window

    def __reduce__(self):
        return Split, (self.folder, self.name)

    def __len__(self):
        return int(self.first[-1])

    def __getitem__(self, n):
        if not -len(self) <= n < len(self):
            raise IndexError(f"split {self.name} has {len(self)} samples, no number {n}")
        n = int(n) % len(self)
        number = int(np.searchsorted(self.first, n, side="right")) - 1
        shard, within = self.shards[number], n - int(self.first[number])
        return Sample(shard.image("rgb", within), shard.image("depth", within), int(shard.labels[within]),
                      shard.key(within), n)

    def order(self, seed=1, stream=0, kind="full", window=8):
        return Order(len(self), kind, seed, stream, self.block, window)

    def epoch(self, seed=1, stream=0, epoch=0, kind="full", window=8):
        """Every sample once, in the order that the C++ loader has for the same numbers."""
        for n in self.order(seed, stream, kind, window).epoch(epoch):
            yield self[n]

    def batches(self, batch_size, seed=1, stream=0, epoch=0, kind="full", window=8):
        """The epoch's whole batches; the samples that are left over are not in it."""
        order = self.order(seed, stream, kind, window)
        for begin in range(0, len(self) - batch_size + 1, batch_size):
            samples = [self[n] for n in order.epoch(epoch, begin, begin + batch_size)]
            depth = None if samples[0].depth is None else np.stack([sample.depth for sample in samples])
            yield Batch(np.stack([sample.rgb for sample in samples]), depth,
                        np.array([sample.label for sample in samples]), np.array([sample.index for sample in samples]))
