"""Reads data sets that rodprep made: the same samples in the same order as rodtrain gets them.

    import rod
    split = rod.Split("/content/shards", "ROD")
    len(split), split[0].rgb.shape, split[0].label      # any sample by number
    for sample in split.epoch(seed=1, epoch=0):         # one epoch, shuffled
        ...
    for batch in split.batches(64, seed=1, epoch=0):    # arrays [64,H,W,3], [64]
        ...

Needs NumPy, zstandard for data sets of codec zstd, and Pillow for those of codec jpeg.
"""
from rod.dataset import Batch, Sample, Split, split_names
from rod.order import Order

__all__ = ["Batch", "Order", "Sample", "Split", "split_names"]
