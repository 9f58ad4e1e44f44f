"""What others need to make a data set of the same pairs: their writers, fed by Pillow, with two
processes.

    writers.py NAME FOLDER OUT

NAME: webdataset | streaming | litdata | ffcv; exit 77 where it is not installed.

FOLDER is the extracted archive. Every image is decoded and stored as raw pixels, the fastest each
writer offers.
"""

import multiprocessing, pathlib, shutil, sys

import numpy as np
from PIL import Image

PROCESSES = 2
SIDE = 256


def pairs(folder):
    """[(rgb path, depth path, label)]"""
    found = []
    for rgb in sorted(folder.rglob("*_crop.png")):
        found.append(
            (
                rgb,
                pathlib.Path(
                    str(rgb)
                    .replace("rgb-washington", "surfnorm-washington")
                    .replace("_crop.png", "_depthcrop.png")
                ),
                0,
            )
        )
    for rgb in sorted(folder.rglob("rgb/*.png")):
        found.append((rgb, rgb.parent.parent / "depth" / rgb.name, 0))
    return found


def pixels(path):
    with Image.open(path) as image:
        image = image.convert("RGB")
        return np.asarray(
            image if image.size == (SIDE, SIDE) else image.resize((SIDE, SIDE), Image.BILINEAR)
        )


def in_processes(work, items, out):
    """work(part of items, its number, out) in each process."""
    parts = [items[n::PROCESSES] for n in range(PROCESSES)]
    processes = [
        multiprocessing.Process(target=work, args=(part, n, out)) for n, part in enumerate(parts)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0


def webdataset_part(items, number, out):
    import webdataset
    with webdataset.ShardWriter(f"{out}/{number}-%05d.tar", maxsize=256 << 20, verbose=0) as writer:
        for n, (rgb, depth, label) in enumerate(items):
            writer.write(
                {
                    "__key__": f"{number}-{n:06}",
                    "rgb.npy": pixels(rgb),
                    "depth.npy": pixels(depth),
                    "cls": label,
                }
            )


def streaming_part(items, number, out):
    from streaming import MDSWriter
    array = f"ndarray:uint8:{SIDE},{SIDE},3"
    with MDSWriter(
        out=f"{out}/{number}",
        columns={"rgb": array, "depth": array, "label": "int"},
        size_limit=256 << 20,
    ) as writer:
        for rgb, depth, label in items:
            writer.write({"rgb": pixels(rgb), "depth": pixels(depth), "label": label})


def litdata_sample(item):
    rgb, depth, label = item
    return {"rgb": pixels(rgb), "depth": pixels(depth), "label": label}


class FfcvPairs:
    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, n):
        rgb, depth, label = self.items[n]
        return pixels(rgb), pixels(depth), label


def main():
    name, folder, out = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    try:
        __import__(name)
    except ImportError as error:
        print(f"{name}: {error}")
        sys.exit(77)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    items = pairs(folder)
    if name == "webdataset":
        in_processes(webdataset_part, items, out)
    elif name == "streaming":
        in_processes(streaming_part, items, out)
    elif name == "litdata":
        import litdata
        litdata.optimize(
            litdata_sample, items, str(out), chunk_bytes="256MB", num_workers=PROCESSES
        )
    else:
        from ffcv.fields import IntField, RGBImageField
        from ffcv.writer import DatasetWriter
        fields = {
            "rgb": RGBImageField(write_mode="raw"),
            "depth": RGBImageField(write_mode="raw"),
            "label": IntField(),
        }
        DatasetWriter(str(out / "data.beton"), fields, num_workers=PROCESSES).from_indexed_dataset(
            FfcvPairs(items)
        )
    print(f"{name}: {len(items)} pairs")


if __name__ == "__main__":
    main()
