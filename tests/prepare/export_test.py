"""Reads what `rodprep export` writes with the programs that it is written for, and shards with
FORMAT.md's reader.

    export_test.py RODPREP FORMAT.md

Exit code 77: something that it needs is not installed.
"""
import io
import json
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import zstandard  # noqa: F401
    from PIL import Image
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

rodprep, format_page = sys.argv[1:3]


def run(*arguments):
    done = subprocess.run(
        [rodprep, *map(str, arguments), "-q", "--json"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def page_reader():
    """The one Python block of FORMAT.md that defines read_shard."""
    blocks = [
        b
        for b in re.findall(r"```python\n(.*?)```", pathlib.Path(format_page).read_text(), re.S)
        if "def read_shard" in b
    ]
    assert len(blocks) == 1
    assert len(blocks[0].splitlines()) <= 30, "the README promises thirty lines"
    names = {}
    exec(blocks[0], names)
    return names["read_shard"]


def check_png(folder, samples):
    lines = (folder / "list.tsv").read_text().splitlines()
    assert lines[0].split("\t") == ["rgb", "depth", "label", "split", "class", "key"]
    classes = json.loads((folder / "classes.json").read_text())
    assert len(lines) - 1 == sum(map(len, samples.values()))
    at = dict.fromkeys(samples, 0)
    for line in lines[1:]:
        rgb, depth, label, split, name, key = line.split("\t")
        expected = samples[split][at[split]]
        at[split] += 1
        assert (key, int(label)) == expected[:2] and classes[int(label)] == name
        for path, pixels in ((rgb, expected[2]), (depth, expected[3])):
            assert np.array_equal(np.asarray(Image.open(folder / path)), pixels), path


def check_npy(folder, samples):
    for split, expected in samples.items():
        rgb = np.load(folder / split / "rgb.npy", mmap_mode="r")
        depth = np.load(folder / split / "depth.npy")
        assert np.array_equal(rgb, np.stack([s[2] for s in expected])) and rgb.dtype == np.uint8
        assert (
            np.array_equal(depth, np.stack([s[3] for s in expected]))
            and depth.dtype == expected[0][3].dtype
        )
        assert np.load(folder / split / "label.npy").tolist() == [s[1] for s in expected]
        assert json.loads((folder / split / "keys.json").read_text()) == [s[0] for s in expected]


def check_webdataset(folder, samples):
    try:
        import webdataset
    except ImportError:
        print("webdataset is not installed: its reader was not tried")
        import tarfile
        for split, expected in samples.items():
            names = [
                m.name for tar in sorted(folder.glob(f"{split}-*.tar")) for m in tarfile.open(tar)
            ]
            assert len(names) == 4 * len(expected)
        return
    for split, expected in samples.items():
        tars = sorted(map(str, folder.glob(f"{split}-*.tar")))
        assert len(tars) > 1, "the test wants several tars"
        found = list(webdataset.WebDataset(tars, shardshuffle=False))
        assert len(found) == len(expected)
        for n, (sample, (key, label, rgb, depth)) in enumerate(zip(found, expected)):
            assert sample["__key__"] == f"{n:08}" and int(sample["cls"]) == label
            assert json.loads(sample["json"])["key"] == key
            assert np.array_equal(np.asarray(Image.open(io.BytesIO(sample["rgb.png"]))), rgb)
            assert np.array_equal(np.asarray(Image.open(io.BytesIO(sample["depth.png"]))), depth)
        decoded = next(iter(webdataset.WebDataset(tars, shardshuffle=False).decode("rgb8")))
        assert np.array_equal(decoded["rgb.png"], expected[0][2]), "by webdataset's own decoder"


def make_millimetres(folder):
    """Folders of 16-bit depth, which the generated archive has not."""
    random = np.random.default_rng(1)
    for n in range(12):
        place = folder / ("train" if n < 7 else "test") / ("cup" if n % 2 else "bowl")
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 256, (20, 30, 3), np.uint8)).save(place / f"{n}_rgb.png")
        Image.fromarray(random.integers(0, 9000, (20, 30), np.uint16)).save(
            place / f"{n}_depth.png"
        )


def main():
    read_shard = page_reader()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        run("synth", folder / "rod.tar", "--pairs", 80, "--size", 24)
        make_millimetres(folder / "mm")
        for source in (folder / "rod.tar", folder / "mm"):
            data = folder / f"data-{source.stem}"
            run("cache", source, data, "--size", 24, "--shard-size", "40000")
            samples = {}
            for split in json.loads((data / "dataset.json").read_text())["splits"]:
                samples[split["name"]] = [
                    s for shard in split["shards"] for s in read_shard(data / shard["file"])
                ]
                assert len(samples[split["name"]]) == split["samples"]
            for form, check in (
                ("png", check_png),
                ("npy", check_npy),
                ("webdataset", check_webdataset),
            ):
                out = folder / f"{form}-{source.stem}"
                run("export", data, out, "--format", form, "--shard-size", "4000")
                check(out, samples)
            print(
                f"{source.name}: {sum(map(len, samples.values()))} samples are the same in every"
                " form"
            )


main()
