"""Data sets and their splits."""
from __future__ import annotations

import operator
import os
from typing import Any, Iterator, Mapping, SupportsIndex, TypedDict, cast

import numpy as np
import numpy.typing as npt

from rodprep import _native
from rodprep._errors import DataError, Error

Pixels = npt.NDArray[Any]


class _SampleOfAny(TypedDict):
    label: int
    key: str
    index: int


class Sample(_SampleOfAny, total=False):
    """One pair of images, as a dict that `torch.utils.data.default_collate` accepts.

    rgb: uint8 [H,W,3]; absent where depth is alone. depth: uint8 [H,W,3] if depth is stored as
    colours, uint16 [H,W] in millimetres if it is raw16; absent without depth. label: number of the
    class. key: the path as in the split list. index: number within the split. The arrays own their
    memory and may be written to.
    """

    rgb: npt.NDArray[np.uint8]
    depth: Pixels


def images(rgb: Pixels | None, depth: Pixels | None) -> dict[str, Pixels]:
    """The values that are present, by name."""
    return {name: pixels for name, pixels in (("rgb", rgb), ("depth", depth)) if pixels is not None}


class Split:
    """One split of a data set, as a sequence of samples in its list's order. Made by
    `rodprep.open(path)[name]`.

    Thread-safe; reads release the GIL. It can be used after a fork, and can be pickled: the other
    process opens it again and compares the fingerprint.
    """

    def __init__(self, dataset: str, name: str, fingerprint: str) -> None:
        self._source = dataset
        self.dataset = _native.shown_name(os.fsencode(dataset))
        self.name = name
        self.fingerprint = fingerprint
        self._native = _native.Split(os.fsencode(dataset), name)
        self._length = len(self._native)
        self._shard_samples = self._native.shard_samples()

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: SupportsIndex) -> Sample:
        """Returns sample `index`; negative numbers count from the end. Raises IndexError,
        TypeError, DataError; Error after close().
        """
        try:
            n = operator.index(index)
        except TypeError:
            raise TypeError(
                f"a sample's number must be an integer, found {type(index).__name__}; "
                "for several samples use a loop, or rodprep.Loader for batches"
            ) from None
        if not -self._length <= n < self._length:
            raise IndexError(f"split {self.name!r} has {self._length} samples, no number {n}")
        n %= self._length
        rgb, depth, label, key = self._native.read(n)
        return cast(Sample, {**images(rgb, depth), "label": label, "key": key, "index": n})

    def __iter__(self) -> Iterator[Sample]:
        for n in range(self._length):
            yield self[n]

    @property
    def labels(self) -> npt.NDArray[np.int64]:
        """The class of every sample, int64 [len]. Reads no images. Raises Error after close()."""
        return self._native.labels()

    def close(self) -> None:
        """Releases files and memory as soon as no loader uses them. The split can't be read
        afterwards.
        """
        self._native.close()

    def __enter__(self) -> Split:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, tuple[str, str, str]]:
        return _reopen, (self._source, self.name, self.fingerprint)

    def __repr__(self) -> str:
        return f"<rodprep.Split {self.name!r} of {self.dataset}: {self._length} samples>"


def _reopen(dataset: str, name: str, fingerprint: str) -> Split:
    source = os.fsencode(dataset)
    found = _native.manifest(source)["fingerprint"]
    if found != fingerprint:
        raise DataError(
            f"{_native.shown_name(source)}: has fingerprint {found}, expected {fingerprint}; the"
            " data set was made anew since this split was pickled; open it again"
        )
    return Split(dataset, name, fingerprint)


class DataSet(Mapping[str, Split]):
    """A data set made by `rodprep cache`: a mapping from names to Splits, which are opened at first
    use.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        source = os.fspath(path)
        if not isinstance(source, str):
            raise TypeError(
                f"a data set's path must be a str or a path of str, found {type(source).__name__}"
            )
        if "\0" in source:
            raise ValueError("a data set's path has a null character")
        self._source = (
            source if _native.is_address(os.fsencode(source)) else os.path.abspath(source)
        )
        # of an address: without credentials
        self.path = _native.shown_name(os.fsencode(self._source))
        self._info = _native.manifest(os.fsencode(self._source))
        self._open: dict[str, Split] = {}

    @property
    def splits(self) -> list[str]:
        """Names, ascending: ["ROD", "synROD-test", "synROD-train"]."""
        return [split["name"] for split in self._info["splits"]]

    @property
    def classes(self) -> list[str]:
        """Names; a sample's label is a position in this list."""
        return list(self._info["classes"])

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits that depend only on contents and options, not on paths or times."""
        return str(self._info["fingerprint"])

    def info(self) -> dict[str, Any]:
        """The output of `rodprep info --json`: layout, height, width (0: each image has its own),
        depth, codec, classes, splits.
        """
        import copy
        return copy.deepcopy(self._info)

    def __getitem__(self, name: str) -> Split:
        """Returns a split. Raises KeyError if there is no such split; DataError."""
        if name not in self._open:
            if name not in self.splits:
                raise KeyError(
                    f"there is no split {name!r}; the data set has: {', '.join(self.splits)}"
                )
            # threads get the same one
            return self._open.setdefault(name, Split(self._source, name, self.fingerprint))
        return self._open[name]

    def __contains__(self, name: object) -> bool:
        return name in self.splits  # opens nothing

    def __iter__(self) -> Iterator[str]:
        return iter(self.splits)

    __eq__ = object.__eq__  # by identity, because Mapping's comparison would read the splits
    __hash__ = object.__hash__

    def __len__(self) -> int:
        return len(self._info["splits"])

    def close(self) -> None:
        """Closes the splits that were opened."""
        for split in self._open.values():
            split.close()
        self._open.clear()

    def __enter__(self) -> DataSet:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return DataSet, (self._source,)

    def __repr__(self) -> str:
        return f"<rodprep.DataSet {self.path}: {', '.join(self.splits)}>"


def open(path: str | os.PathLike[str]) -> DataSet:  # noqa: A001
    """Opens the data set in folder `path`, made by `rodprep cache`. Only reads its dataset.json.

    `path` may be an address (https://…, s3://…, as the README's "From an address" says). A shard is
    then fetched into the system's temporary folder (TMPDIR) when much of it is read, and is gone
    when the split is closed. A split's shards take at most half of what is free there: then the one
    that was used longest ago is removed, and fetched again when it is needed.

    Raises DataError if it is missing, incomplete or damaged.
    """
    return DataSet(path)


__all__ = ["DataError", "DataSet", "Error", "Sample", "Split", "open"]
