"""Reads the golden files with Python's safetensors and decodes them with NumPy alone.

    read_shard.py GOLDEN_FOLDER

Another implementation of lib/shard/FORMAT.md: it shares no code with the library that wrote the
files. Exit code 77: something that it needs is not installed.
"""
import json
import pathlib
import sys

try:
    import numpy as np
    from safetensors import SafetensorError, safe_open
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

PACKED = 16


def value(sample, y, x, c):
    """The test images' formula, as in fixture.h."""
    if sample % 3 == 0:
        return 3 * y + 2 * x + 40 * c + sample + x * y // 4
    if sample % 3 == 1:
        return (((sample * 131 + y) * 257 + x * 3 + c) * 2654435761 >> 11) & 0xFFFFFFFF
    return 100 + 50 * (x // 5) + 20 * c


def rgb(sample, height, width):
    return np.array([[[value(sample, y, x, c) % 256 for c in range(3)] for x in range(width)]
                     for y in range(height)], np.uint8)


def depth(sample, height, width, kind):
    if kind == "rgb":
        return rgb(sample + 1, height, width)
    return np.array([[(700 + value(sample + 1, y, x, 0)) % 65536 for x in range(width)]
                     for y in range(height)], np.uint16)


def decode(stored, height, width, dtype, channels):
    """FORMAT.md, "The zstd codec"."""
    import zstandard
    content = np.frombuffer(zstandard.ZstdDecompressor().decompress(stored), np.uint8)
    samples = width * channels
    tags, at = content[:height], height
    residual = np.zeros((height, samples), dtype)
    for tag in range(PACKED + 6):
        for y in np.flatnonzero(tags == tag):
            if tag >= PACKED:
                row = content[at:at + (samples + 1) // 2]
                both = np.stack([row >> 4, row & 15], -1).reshape(-1)[:samples]
                residual[y] = (both.astype(np.int32) - 8).astype(dtype)
            else:
                row = content[at:at + samples * dtype().itemsize].reshape(-1, samples)
                residual[y] = sum(
                    plane.astype(dtype) << dtype(8 * i) for i, plane in enumerate(row)
                )
            at += row.size
    assert at == content.size, "bytes are left over"
    image = np.zeros((height + 2, width, channels), dtype)  # two rows of zeros above
    for y in range(height):
        x_order, y_order = tags[y] % PACKED % 3, 1 + tags[y] % PACKED // 3
        row = residual[y].reshape(width, channels)
        for _ in range(x_order):
            row = np.cumsum(row, axis=0, dtype=dtype)
        up_up, up = image[y], image[y + 1]
        image[y + 2] = row + up if y_order == 1 else row + up + up - up_up
    return image[2:]


def decode_jpeg(stored, stored_hash):
    """FORMAT.md, "The jpeg codec": Pillow's pixels must have the hash that the shard's writer
    found.
    """
    import io
    from PIL import Image
    image = np.asarray(Image.open(io.BytesIO(stored)))
    try:
        import xxhash
        assert xxhash.xxh3_64_intdigest(image.tobytes()) == int(
            stored_hash
        ), "Pillow's pixels have another hash"
    except ImportError:
        print("JPEG pixels not compared with their hash, as Python's xxhash is not installed")
    return image


def check_shard(path):
    with safe_open(path, framework="np") as file:
        meta, tensor = file.metadata(), file.get_tensor
        names = set(file.keys())
        alone = meta.get("rgb") == "none"
        assert (
            meta["format"] == "rod-shard"
            and meta["version"] == ("2" if alone else "1")
            and meta["split"] == "ROD"
        ), meta
        kind = meta["depth"]
        labels, offsets, keys = tensor("label"), tensor("key_offsets"), tensor("key").tobytes()
        count = len(labels)
        assert tensor("hash").dtype == np.uint64 and tensor("hash").shape == (count, 2)
        needed = {"zstd": "zstandard", "jpeg": "PIL"}.get(meta["codec"])
        try:
            if needed:
                __import__(needed)
        except ImportError:
            print(f"{path.name}: pixels not compared, as Python's {needed} is not installed")
            return
        sides = (
            tensor("size")
            if "size" in names
            else [[int(meta["height"]), int(meta["width"])] * 2] * count
        )
        channels = {"rgb": 3, "raw16": 1}
        forms = [] if alone else [(0, "rgb", np.uint8, 3)]
        if kind != "none":
            forms.append((1, "depth", np.uint8 if kind == "rgb" else np.uint16, channels[kind]))
        for n in range(count):
            assert labels[n] == n % 4
            assert keys[offsets[n]:offsets[n + 1]].decode() == f"apple/a_{n}.png"
            for i, name, dtype, channel in forms:
                height, width = map(int, sides[n][2 * i:2 * i + 2])
                expected = rgb(n, height, width) if name == "rgb" else depth(n, height, width, kind)
                if name + "_offsets" in names:
                    ends = tensor(name + "_offsets")
                    stored = tensor(name)[ends[n]:ends[n + 1]].tobytes()
                if meta["codec"] == "zstd":
                    image = decode(stored, height, width, dtype, channel)
                elif meta["codec"] == "jpeg":
                    image = decode_jpeg(stored, tensor("hash")[n, i])
                    if n % 3 != 1:  # no noise: it is near what was written
                        assert (
                            np.abs(image.astype(int) - expected).mean() < 25
                        ), f"{name} {n} is far off"
                    continue
                elif name + "_offsets" in names:
                    image = np.frombuffer(stored, dtype)
                else:
                    image = tensor(name)[n]
                assert np.array_equal(image.reshape(expected.shape), expected), f"{name} {n}"
        assert ("rgb_offsets" in names) == (
            not alone and (meta["codec"] != "raw" or "size" in names)
        )
        assert ("depth" in names, "rgb" in names) == (kind != "none", not alone)
    print(f"{path.name}: {count} samples are as written")


def check_dtypes(path):
    with safe_open(path, framework="np") as file:
        names = set(file.keys())
        assert len(names) == 13, names
        for name in names:
            part = file.get_slice(name)
            assert part.get_dtype() == name and list(part.get_shape()) == [1, 2], name
            if name != "BF16":  # NumPy has none
                assert (
                    file.get_tensor(name).tobytes()
                    == bytes([0, 1] * 8)[: file.get_tensor(name).nbytes]
                ), name
    try:
        from safetensors.torch import load_file
        assert len(load_file(path)) == 13
    except ImportError:
        print(f"{path.name}: not loaded into torch, which is not installed")
    print(f"{path.name}: every dtype is read")


def main():
    folder = pathlib.Path(sys.argv[1])
    for name in (
        "tiny",
        "raw-rgb",
        "zstd-rgb",
        "zstd-raw16",
        "zstd-none",
        "zstd-depth-alone",
        "raw-ragged-raw16",
        "zstd-ragged-rgb",
        "jpeg-rgb",
    ):
        check_shard(folder / f"{name}.safetensors")
    check_dtypes(folder / "dtypes.safetensors")
    assert json.loads((folder / "dataset.json").read_text())["format"] == "rod-dataset"
    accepted = []
    for path in sorted(folder.glob("refused-*.safetensors")):
        try:
            with safe_open(path, framework="np"):
                accepted.append(path.stem.removeprefix("refused-"))
        except SafetensorError:
            pass
    print("Python's safetensors is less strict about:", ", ".join(accepted) or "nothing")


main()
