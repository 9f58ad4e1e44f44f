"""Loads shuffled batches ahead of time on C++ threads, and resumes in the middle of an epoch."""
from __future__ import annotations

import atexit
import collections
import os
import threading
import weakref
from typing import Any, Callable, Generic, Iterator, Sequence, TypedDict, TypeVar, cast, overload

import numpy as np
import numpy.typing as npt

from rodprep import _native
from rodprep._data import Split, images
from rodprep._errors import Error
from rodprep._order import BatchOrder, Position, Resumable, from_environment, number, rank_of

Item = TypeVar("Item")


class _BatchOfAny(TypedDict):
    label: npt.NDArray[np.int64]
    index: npt.NDArray[np.int64]


class Batch(_BatchOfAny, total=False):
    """rgb: uint8 [B,H,W,3]; absent without RGB. depth: uint8 [B,H,W,3] or uint16 [B,H,W];
    absent without depth. label: int64 [B]. index: int64 [B], numbers within the split. The arrays
    own their memory; nothing is copied.
    """

    rgb: npt.NDArray[np.uint8]
    depth: npt.NDArray[Any]


_running: weakref.WeakSet[Pass[Any]] = weakref.WeakSet()
_ended = False


def _close_all() -> None:
    global _ended
    _ended = True
    for running in list(_running):
        running.close()
    _native.wait_for_calls()


def _after_fork() -> None:
    for running in list(_running):  # a thread that is not in this process may have held it
        running._lock = threading.Lock()
    _native.after_fork()


atexit.register(_close_all)  # a terminating interpreter must not wait for a batch
os.register_at_fork(after_in_child=_after_fork)


def _default_threads() -> int:
    """The number of threads for this process: its share of the available cores."""
    return max(1, _native.available_cores() // max(1, from_environment("LOCAL_WORLD_SIZE", 1)))


class Loader(Resumable, Generic[Item]):
    """Batches of one split, or of several in parallel, in the same order as in `rodtrain` for the
    same seed.

        loader = rodprep.Loader(rodprep.open("shards")["synROD-train"], batch_size=64)
        for epoch in range(loader.epoch, 10):
            loader.set_epoch(epoch)
            for batch in loader:
                batch["rgb"], batch["label"]    # uint8 [64,256,256,3], int64 [64]

    Each pass is one epoch, and the next pass is the next epoch unless set_epoch() is called. With
    several splits, each item is a tuple with one batch of each. An epoch then is the first split's;
    the others continue in their own epochs.

    batch_size: the global batch size; each of `world_size` processes gets an equal part of each
    batch. order: "full" shuffles all samples; "window" shuffles within `window` shards at a time,
    for data larger than memory; "sequential" is the split list's order.
    threads: number of decoding threads; 0: this process's share of the cores. prefetch: batches to
    prepare ahead; take 8 if other threads of Python compute, as each keeps the GIL for 5 ms.
    drop_last: leave out an incomplete last batch. Use False for evaluation, with a single split;
    if the last batch then has fewer samples than there are processes, some of them get none of it.
    rank, world_size: by default torchrun's RANK and WORLD_SIZE. streams: names that make the orders
    of the splits independent of each other; by default as in rodtrain.

    Raises Error for invalid options; during iteration, DataError naming file and sample, at the
    affected batch. Several loaders and several passes over one loader can run at once, and threads
    can share a pass. Pickling keeps the options and the position. After a fork, start a new pass.
    """

    _memory: Callable[[int], Any] | None = None  # allocates batches; rodprep.torch sets it

    @overload
    def __init__(
        self: Loader[Batch],
        splits: Split,
        batch_size: int,
        order: str = "full",
        *,
        seed: int = 1,
        epoch: int = 0,
        threads: int = 0,
        prefetch: int = 2,
        drop_last: bool = True,
        rank: int | None = None,
        world_size: int | None = None,
        window: int = 8,
        streams: str | Sequence[str] | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self: Loader[tuple[Batch, ...]],
        splits: Sequence[Split],
        batch_size: int,
        order: str = "full",
        *,
        seed: int = 1,
        epoch: int = 0,
        threads: int = 0,
        prefetch: int = 2,
        drop_last: bool = True,
        rank: int | None = None,
        world_size: int | None = None,
        window: int = 8,
        streams: str | Sequence[str] | None = None,
    ) -> None: ...

    def __init__(
        self,
        splits: Split | Sequence[Split],
        batch_size: int,
        order: str = "full",
        *,
        seed: int = 1,
        epoch: int = 0,
        threads: int = 0,
        prefetch: int = 2,
        drop_last: bool = True,
        rank: int | None = None,
        world_size: int | None = None,
        window: int = 8,
        streams: str | Sequence[str] | None = None,
    ) -> None:
        self._sequence = BatchOrder(splits, batch_size, order, seed, window, drop_last, streams)
        self._position = Position(self._sequence, epoch)
        self._threads = number("threads", threads, 0, 4096)
        self._prefetch = number("prefetch", prefetch, 1, 1024)
        self.rank, self.world_size = rank_of(rank, world_size, self.batch_size)
        self._idle = _nothing_idle()

    @property
    def epoch(self) -> int:
        """The current epoch; between passes, the next one."""
        return self._position.epoch

    @property
    def batch_size(self) -> int:
        """The global batch size."""
        return self._sequence.batch_size

    def __len__(self) -> int:
        """Number of batches of an epoch."""
        return self._sequence.batches()

    def __iter__(self) -> Iterator[Item]:
        epoch, batch = self._position.begin()
        return Pass(self, epoch, batch)

    def close(self) -> None:
        """Ends the threads that prefetch for the next pass."""
        if idle := self._take_idle():
            idle[0].close()

    def _take_idle(self) -> tuple[_native.Batches, int] | None:
        try:
            return self._idle.pop()  # only one thread gets it
        except IndexError:
            return None

    def _start(self, epoch: int, batch: int) -> _native.Batches:
        sequence = self._sequence
        step = epoch * len(self) + batch
        idle = self._take_idle()
        if idle and idle[1] == step and sequence.drop_last and not idle[0].forked():
            return idle[0]
        return _native.Batches(
            [split._native for split in sequence.splits],
            sequence.orders,
            step if sequence.drop_last else batch,
            not sequence.drop_last,
            epoch,
            self.rank,
            self.world_size,
            self._threads or _default_threads(),
            self._prefetch,
            self._memory,
        )

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_idle": _nothing_idle()}

    def __del__(self) -> None:
        if hasattr(self, "_idle"):
            self.close()


def _nothing_idle() -> collections.deque[tuple[_native.Batches, int]]:
    """For what the last pass left, and its next step."""
    return collections.deque(maxlen=1)


class Pass(Generic[Item]):
    """One pass over a loader, from a batch to the end of the epoch. Thread-safe."""

    def __init__(self, loader: Loader[Item], epoch: int, batch: int) -> None:
        self._loader, self._epoch, self._batch = loader, epoch, batch
        # of a step whose other batches are still awaited, also after Ctrl-C
        self._step: list[Batch] = []
        self._closed = False
        self._lock = threading.Lock()
        self._native: _native.Batches | None = None
        if _ended:
            raise Error("the interpreter ends: there are no more batches")
        self._native = loader._start(epoch, batch) if batch < len(loader) else None
        _running.add(self)

    def __iter__(self) -> Pass[Item]:
        return self

    def __next__(self) -> Item:
        with self._lock:
            batch: Item | None = self._fetch()
            if batch is None:
                self._loader._position.ended(self._epoch)
                raise StopIteration
            self._loader._position.reached(self._epoch, self._batch)
            return batch

    def _fetch(self) -> Any:
        """The next batch or tuple of batches, or None at the end."""
        native, loader = self._native, self._loader
        if native is None:
            return None
        if self._batch == len(loader):
            self._native = None
            # it already reads ahead for the next epoch
            if loader._sequence.drop_last and not self._closed:
                loader._idle.append((native, (self._epoch + 1) * len(loader)))
            else:
                native.close()
            return None
        while len(self._step) < len(loader._sequence.splits):
            self._step.append(self._one(native, len(self._step)))
        batches, self._step = tuple(self._step), []
        self._batch += 1
        return batches[0] if loader._sequence.single else batches

    @staticmethod
    def _one(native: _native.Batches, stream: int) -> Batch:
        read = native.next(stream)
        assert read is not None
        rgb, depth, label, index = read
        return cast(Batch, {**images(rgb, depth), "label": label, "index": index})

    def close(self) -> None:
        """Ends the pass and its threads. Raises Error in a thread that waits for a batch."""
        self._closed = True
        native = self._native
        if native is not None:
            native.close()

    def __del__(self) -> None:
        if getattr(self, "_native", None) is not None:
            self.close()
