#!/usr/bin/env python3
"""Compares decoding and resizing with Pillow's, pixel by pixel: pillow_test.py PIXELS_TOOL [SHARED]

Images are random ones and, where there are any, the real crops and PngSuite under SHARED.
Exit status 77 (skipped) where Pillow or numpy is missing.
"""
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
    from PIL import Image, ImageOps, features
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

TOOL = sys.argv[1]
SHARED = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else pathlib.Path("/nonexistent")
SIZES = [(256, 256), (1, 1), (7, 300), (96, 97)]


def ours(*arguments):
    """The tool's pixels, or the reason for which it refused the file."""
    output = subprocess.run([TOOL, *map(str, arguments)], check=True, capture_output=True).stdout
    head, _, samples = output.partition(b"\n")
    if head.startswith(b"rejected"):
        return head.decode()
    height, width, channels, sample_bytes = map(int, head.split())
    pixels = np.frombuffer(samples, np.uint8 if sample_bytes == 1 else np.uint16)
    return pixels.reshape((height, width, channels) if channels > 1 else (height, width))


def random_images(folder):
    rng = np.random.default_rng(1)
    for n, (height, width) in enumerate(
        [(100, 100), (101, 67), (480, 640), (1, 5), (3, 1), (256, 300)]
    ):
        smooth = np.cumsum(rng.normal(size=(height, width, 3)), axis=1)
        for kind, pixels in (
            ("noise", rng.integers(0, 256, (height, width, 3))),
            ("smooth", 128 + 9 * smooth),
            ("white", np.full((height, width, 3), 255)),
        ):
            path = folder / f"{kind}{n}.png"
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)
            yield path


def check_resize(rgb_files, depth_files):
    for path in rgb_files:
        image = Image.open(path).convert("RGB")
        for height, width in SIZES:
            got = ours("bilinear", path, height, width).astype(int)
            # One pass after the other; at once Pillow 13 may choose the other order.
            passes = image.resize((width, image.height), Image.BILINEAR).resize(
                (width, height), Image.BILINEAR
            )
            assert np.array_equal(got, np.asarray(passes)), (path, height, width)
            at_once = np.asarray(image.resize((width, height), Image.BILINEAR))
            assert np.abs(got - at_once).max() <= 1, (path, height, width)
    print(f"bilinear: {len(rgb_files)} images are equal at {len(SIZES)} sizes")
    for path in depth_files:
        image = Image.open(path)
        for height, width in SIZES:
            want = np.asarray(image.resize((width, height), Image.NEAREST))
            assert np.array_equal(ours("nearest", path, height, width), want), (path, height, width)
    print(f"nearest: {len(depth_files)} depth images are equal at {len(SIZES)} sizes")


def check_pngsuite(files):
    equal = refused = 0
    for path in files:
        got, bit_depth = ours("rgb", path), path.read_bytes()[24]
        if path.name.startswith("x"):
            assert isinstance(got, str) and isinstance(
                ours("depth", path), str
            ), f"{path} is corrupt and was accepted"
            refused += 1
            continue
        image = Image.open(path)
        if bit_depth == 16 and image.mode == "I;16":  # depth, not a picture
            assert isinstance(got, str) and "16-bit" in got, (path, got)
            assert np.array_equal(ours("depth", path), np.asarray(image)), path
            equal += 1
        else:  # of 16-bit colours both take the high byte
            assert np.array_equal(got, np.asarray(image.convert("RGB"))), path
            equal += 1
    print(f"PngSuite: {equal} equal, {refused} corrupt files refused")


def other_formats(folder):
    """(path, mode of `ours`, expected pixels) of files that Pillow and NumPy write."""
    rng = np.random.default_rng(7)
    for n, (height, width) in enumerate([(60, 81), (1, 1), (33, 200)]):
        smooth = (128 + 60 * np.sin(np.add.outer(np.arange(height), np.arange(width)) / 9)).astype(
            np.uint8
        )
        colours = Image.fromarray(
            np.dstack([smooth, 255 - smooth, rng.integers(0, 256, (height, width), np.uint8)])
        )
        alpha = colours.copy()
        alpha.putalpha(Image.fromarray(rng.integers(1, 256, (height, width), np.uint8)))
        depth = Image.fromarray(rng.integers(0, 65536, (height, width), np.uint16))
        saves = [("bmp", mode, {}) for mode in ("1", "L", "P", "RGB", "RGBA")]
        saves += [
            ("tif", mode, {"compression": compression})
            for mode in ("L", "P", "RGB", "RGBA", "LA")
            for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits")
        ]
        saves += [("tif", "RGB", {"compression": "jpeg"}), ("tif", "L", {"compression": "jpeg"})]
        if features.check("webp"):
            saves += [
                ("webp", mode, options)
                for mode in ("RGB", "RGBA")
                for options in ({"lossless": True, "exact": True}, {"quality": 60}, {"quality": 95})
            ]
        for k, (extension, mode, options) in enumerate(saves):
            path = folder / f"other{n}-{k}-{mode}.{extension}"
            (alpha if mode in ("RGBA", "LA") else colours).convert(mode).save(path, **options)
            yield path, "rgb", np.asarray(Image.open(path).convert("RGB"))
        for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate"):
            path = folder / f"depth{n}-{compression}.tif"
            depth.save(path, compression=compression)
            yield path, "depth", np.asarray(Image.open(path))
        for name, array in (("u2", np.asarray(depth)), ("b2", np.asarray(depth).astype(">u2")),
                            ("fortran", np.asfortranarray(np.asarray(depth)))):
            path = folder / f"depth{n}-{name}.npy"
            np.save(path, array)
            yield path, "depth", np.asarray(depth)
        metres = rng.uniform(0, 60, (height, width)).astype(np.float32)
        np.save(folder / f"metres{n}.npy", metres)
        yield (
            folder / f"metres{n}.npy",
            "depth",
            np.round(metres.astype(float) * 1000).astype(np.uint16),
        )


def check_other_formats(folder):
    equal = 0
    for path, mode, want in other_formats(folder):
        got = ours(mode, path)
        assert not isinstance(got, str), (path, got)
        assert np.array_equal(got, want), (path, np.abs(got.astype(int) - want).max())
        equal += 1
    print(f"WebP, TIFF, BMP and NPY: {equal} files are equal")


def check_exif(folder):
    pixels = Image.fromarray(np.arange(5 * 8 * 3, dtype=np.uint8).reshape(5, 8, 3))
    equal = 0
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[274] = orientation
        for extension in ("png", "jpg") + (("webp",) if features.check("webp") else ()):
            path = folder / f"exif{orientation}.{extension}"
            pixels.save(path, exif=exif, **({"lossless": True} if extension == "webp" else {}))
            image = Image.open(path)
            assert np.array_equal(ours("rgb", path), np.asarray(image.convert("RGB"))), path
            assert np.array_equal(
                ours("upright", path), np.asarray(ImageOps.exif_transpose(image))
            ), path
            equal += 1
    print(f"EXIF orientation: {equal} files are equal as stored and upright")


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    depths = []
    for n, (height, width) in enumerate(
        [(100, 100), (101, 67), (480, 640), (6, 9), (9, 6), (1, 1)]
    ):
        depths.append(folder / f"depth{n}.png")
        values = np.random.default_rng(n).integers(0, 65536, (height, width), dtype=np.uint16)
        Image.fromarray(values).save(depths[-1])
    real = sorted(SHARED.glob("data/washington_scene_crops/*/*/*_crop.png"))[::60]
    depths += [path.with_name(path.name.replace("_crop", "_depthcrop")) for path in real]
    check_resize([*random_images(folder), *real], depths)
    check_other_formats(folder)
    check_exif(folder)
    check_pngsuite(sorted(SHARED.glob("data/pngsuite/*.png")))
