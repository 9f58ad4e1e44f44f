"""Reads RGB-D data sets made by `rodprep cache` at native speed, shuffled and resumable. Does not
need PyTorch.

    import rodprep
    data = rodprep.open("/content/shards")              # data.splits, data.classes, data.info()
    split = data["synROD-train"]                        # len(split), split[0]["rgb"], split.labels
    for batch in rodprep.Loader(split, batch_size=64):  # batch["rgb"] uint8 [64,256,256,3],
    batch["label"] int64 [64]
        ...

`rodprep.torch` returns tensors. `rodprep.prepare` and `rodprep.verify` run the program. Errors are
rodprep.Error, with an exit_code, and its kind rodprep.DataError, which names file and sample.
"""
from rodprep._data import DataSet, Sample, Split, open
from rodprep._errors import DataError, Error
from rodprep._loader import Batch, Loader
from rodprep._native import __version__
from rodprep._order import State
from rodprep._program import prepare, verify

__all__ = [
    "Batch",
    "DataError",
    "DataSet",
    "Error",
    "Loader",
    "Sample",
    "Split",
    "State",
    "__version__",
    "open",
    "prepare",
    "verify",
]
