"""The order of batches, shared by loaders and samplers."""
from __future__ import annotations

import operator
import os
from typing import Any, Sequence, TypedDict

from rodprep import _native
from rodprep._data import Split
from rodprep._errors import Error

USAGE = 2
STREAMS = ("source", "target", "source_rot", "target_rot")  # rodtrain's
END_OF_EPOCHS = 2**40


class State(TypedDict):
    """A loader's position and the settings that determine its sequence: numbers and strings, for
    torch.save, json or pickle.
    """

    version: int
    epoch: int
    batch: int
    sequence: dict[str, Any]


def number(name: str, value: Any, lowest: int, end: int = 2**64) -> int:
    try:
        found = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, found {value!r}") from None
    if not lowest <= found < end:
        raise Error(f"{name} is {found}, expected at least {lowest} and less than {end}", USAGE)
    return found


def from_environment(name: str, default: int) -> int:
    """Returns the value of a variable that torchrun sets."""
    value = os.environ.get(name, "")
    if value and not (value.isascii() and value.isdigit()):
        raise Error(
            f"the environment variable {name} is {value!r}, expected a number as torchrun sets it",
            USAGE,
        )
    return int(value or default)


def rank_of(rank: int | None, world_size: int | None, batch_size: int) -> tuple[int, int]:
    """Returns the arguments, or by default torchrun's variables."""
    if rank is None and world_size is None:
        rank, world_size = from_environment("RANK", 0), from_environment("WORLD_SIZE", 1)
    if rank is None or world_size is None:
        raise Error(
            "rank and world_size belong together: give both, or neither under torchrun", USAGE
        )
    processes = number("world_size", world_size, 1, 2**31)
    if batch_size < processes:
        raise Error(
            f"batch_size is {batch_size}, too few for {processes} processes: it is the global batch"
            " size, of which each gets a part",
            USAGE,
        )
    return number("rank", rank, 0, processes), processes


class BatchOrder:
    """The order of samples, shared by loaders and samplers."""

    def __init__(
        self,
        splits: Split | Sequence[Split],
        batch_size: int,
        order: str,
        seed: int,
        window: int,
        drop_last: bool,
        streams: str | Sequence[str] | None,
    ) -> None:
        self.single = isinstance(splits, Split)
        self.splits: list[Split] = [splits] if isinstance(splits, Split) else list(splits)
        for split in self.splits:
            if not isinstance(split, Split):
                raise TypeError(
                    f"expected a rodprep.Split or a list of them, found {type(split).__name__}"
                )
        if not self.splits:
            raise Error("there is no split to load", USAGE)
        if streams is None:
            if len(self.splits) > len(STREAMS):
                raise Error(f"{len(self.splits)} splits need `streams`, a name for each", USAGE)
            streams = STREAMS[:len(self.splits)]
        self.streams = [streams] if isinstance(streams, str) else list(streams)
        for name in self.streams:
            if not isinstance(name, str):
                raise TypeError(f"`streams` must be names, found {name!r}")
        if len(self.streams) != len(self.splits) or len(set(self.streams)) != len(self.streams):
            raise Error(
                f"`streams` is {self.streams}, expected {len(self.splits)} different names, one for"
                " each split",
                USAGE,
            )
        self.batch_size = number("batch_size", batch_size, 1, 2**31)
        if not isinstance(order, str):
            raise TypeError(f"order must be 'full', 'window' or 'sequential', found {order!r}")
        self.order, self.seed = order, number("seed", seed, 0)
        self.window, self.drop_last = number("window", window, 1, 2**31), bool(drop_last)
        if not self.drop_last and not self.single:
            raise Error(
                "several splits have whole batches only: use drop_last=True, or a loader for each",
                USAGE,
            )
        self.orders = [
            _native.Order(
                len(split),
                self.batch_size,
                order,
                self.seed,
                _native.stream_number(stream),
                split._shard_samples,
                self.window,
            )
            for split, stream in zip(self.splits, self.streams)
        ]
        for split in self.splits:
            if self.drop_last and len(split) < self.batch_size:
                raise Error(
                    f"split {split.name!r} has {len(split)} samples, too few for a batch of"
                    f" {self.batch_size}; use a smaller batch_size"
                    + (", or drop_last=False" if self.single else ""),
                    USAGE,
                )

    def batches(self) -> int:
        """Number of batches of an epoch; with several splits, of the first one."""
        whole, rest = divmod(len(self.splits[0]), self.batch_size)
        return whole + (1 if rest and not self.drop_last else 0)

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return BatchOrder, (
            self.splits[0] if self.single else self.splits,
            self.batch_size,
            self.order,
            self.seed,
            self.window,
            self.drop_last,
            self.streams,
        )

    def describe(self) -> dict[str, Any]:
        return {
            "splits": [split.name for split in self.splits],
            "fingerprints": [split.fingerprint for split in self.splits],
            "streams": self.streams,
            "batch_size": self.batch_size,
            "order": self.order,
            "seed": self.seed,
            "window": self.window,
            "drop_last": self.drop_last,
        }


class Position:
    """The next epoch and batch: the saved part of a loader or sampler."""

    def __init__(self, sequence: BatchOrder, epoch: int) -> None:
        self.sequence = sequence
        self.epoch = number("epoch", epoch, 0, END_OF_EPOCHS)
        self.batch = 0
        self.fresh = True  # nothing was returned since it was set

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "fresh": True}  # a copy continues here, as after load()

    def set_epoch(self, epoch: int) -> None:
        epoch = number("epoch", epoch, 0, END_OF_EPOCHS)
        if not (self.fresh and epoch == self.epoch):  # what load_state_dict() has set stays
            self.epoch, self.batch, self.fresh = epoch, 0, True

    def begin(self) -> tuple[int, int]:
        """The epoch of a new pass, and its first batch."""
        if not self.fresh and self.batch > 0:
            self.epoch, self.batch = self.epoch + 1, 0
        self.fresh = True
        return self.epoch, self.batch

    def reached(self, epoch: int, batch: int) -> None:
        self.epoch, self.batch, self.fresh = epoch, batch, False

    def ended(self, epoch: int) -> None:
        if epoch == self.epoch:
            self.epoch, self.batch, self.fresh = epoch + 1, 0, True

    def save(self) -> State:
        return {
            "version": 1,
            "epoch": self.epoch,
            "batch": self.batch,
            "sequence": self.sequence.describe(),
        }

    def load(self, state: State) -> None:
        given: Any = state
        ours = self.sequence.describe()
        try:
            version = number("version", given["version"], 0)
            if version != 1:
                raise Error(
                    f"the state is of version {version}, expected 1; use the rodprep that saved it",
                    USAGE,
                )
            saved = dict(given["sequence"])
            different = [
                f"{name} was {saved.get(name)!r} and is {ours[name]!r}"
                for name in ours
                if saved.get(name) != ours[name]
            ]
            epoch = number("epoch", given["epoch"], 0, END_OF_EPOCHS)
            batch = (
                number("batch", given["batch"], 0)
                if different
                else number("batch", given["batch"], 0, self.sequence.batches() + 1)
            )
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise Error(f"this is not a state of a rodprep loader: {error!r}", USAGE) from None
        if different:
            raise Error(
                f"the state belongs to another sequence of batches: {'; '.join(different)}", USAGE
            )
        self.epoch, self.batch, self.fresh = epoch, batch, True


class Resumable:
    """What loaders and samplers offer torchdata's StatefulDataLoader and Lightning. Requires:
    _position is set.
    """

    _position: Position

    def set_epoch(self, epoch: int) -> None:
        """Sets the epoch of the next pass. Keeps a position in that epoch that load_state_dict()
        has set.
        """
        self._position.set_epoch(epoch)

    def state_dict(self) -> State:
        """The position, counted in batches that were returned. Independent of threads, ranks and
        prefetch.
        """
        return self._position.save()

    def load_state_dict(self, state: State) -> None:
        """Starts the next pass at the saved position. Raises Error if the state belongs to another
        sequence.
        """
        self._position.load(state)
