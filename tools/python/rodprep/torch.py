"""Adapters for PyTorch: tensors on a device, and a data set and a sampler for its DataLoader. Only
this module and rodprep.models import torch.
"""
from __future__ import annotations

import collections
import os
from typing import Any, Callable, Iterator, Sequence, SupportsIndex, overload

import numpy as np
import torch
import torch.utils.data

from rodprep._data import Split
from rodprep._errors import Error
from rodprep._loader import Loader, Pass
from rodprep._order import USAGE, BatchOrder, Position, Resumable, rank_of

Tensors = dict[str, torch.Tensor]
ALIGNMENT = 64


class ShardDataset(torch.utils.data.Dataset[Any]):
    """A split for any DataLoader, with any number of workers, forked or spawned.

        dataset = rodprep.torch.ShardDataset(split)
        DataLoader(dataset, batch_sampler=rodprep.torch.ShardSampler(split, 64), num_workers=2)

    Items are dicts with the tensors "rgb" uint8 [H,W,3] and, with depth, "depth" uint8 [H,W,3] or
    uint16 [H,W], and with "label", "key" and "index"; or what `transform` returns for such a dict.
    Raises the errors of Split.
    """

    def __init__(
        self, split: Split, transform: Callable[[dict[str, Any]], Any] | None = None
    ) -> None:
        self.split = split
        self.transform = transform

    def __len__(self) -> int:
        return len(self.split)

    def __getitem__(self, index: SupportsIndex) -> Any:
        sample = {name: torch.from_numpy(value) if isinstance(value, np.ndarray) else value
                  for name, value in self.split[index].items()}
        return sample if self.transform is None else self.transform(sample)


class ShardSampler(Resumable, torch.utils.data.Sampler[list[int]]):
    """The batches of rodprep.Loader with the same options, as lists of sample numbers: a
    `batch_sampler` for a DataLoader.

    Each pass is one epoch, as in Loader. state_dict() counts the batches that were drawn, and a
    DataLoader with workers draws ahead. torchdata's StatefulDataLoader corrects for that; Loader
    and TorchLoader count returned batches. Raises Error for invalid options.
    """

    def __init__(
        self,
        split: Split,
        batch_size: int,
        order: str = "full",
        *,
        seed: int = 1,
        epoch: int = 0,
        drop_last: bool = True,
        rank: int | None = None,
        world_size: int | None = None,
        window: int = 8,
        stream: str = "source",
    ) -> None:
        self._sequence = BatchOrder(split, batch_size, order, seed, window, drop_last, stream)
        self._position = Position(self._sequence, epoch)
        self.rank, self.world_size = rank_of(rank, world_size, self._sequence.batch_size)

    def __len__(self) -> int:
        """Number of batches of an epoch."""
        return self._sequence.batches()

    def __iter__(self) -> Iterator[list[int]]:
        epoch, batch = self._position.begin()
        samples, size = len(self._sequence.splits[0]), self._sequence.batch_size
        while batch < len(self):
            begin = batch * size
            whole = min(size, samples - begin)
            first, last = (whole * n // self.world_size for n in (self.rank, self.rank + 1))
            batch += 1
            self._position.reached(epoch, batch)
            yield self._sequence.orders[0].samples(epoch, begin + first, begin + last).tolist()
        self._position.ended(epoch)


class TorchLoader(Loader[Any], torch.utils.data.IterableDataset[Any]):
    """A rodprep.Loader whose batches are dicts of tensors, in the loader's memory without a copy,
    or on `device`.

        for batch in rodprep.torch.TorchLoader(split, 64, device="cuda"):
            batch["rgb"]    # uint8 [64,256,256,3] on the GPU

    On a CUDA device, batches are decoded into page-locked memory, and the next one is copied on a
    separate stream while the current one is used. Positions count returned batches, not those
    copied ahead. "index" stays on the CPU. Options, position and errors are Loader's. It makes
    whole batches: use it as it is, or in a DataLoader with batch_size=None and num_workers=0.
    """

    def __init__(self, splits: Split | Sequence[Split], batch_size: int, order: str = "full", *,
                 device: torch.device | str | int | None = None, **options: Any) -> None:
        super().__init__(splits, batch_size, order, **options)
        self.device = torch.device("cpu" if device is None else device)
        if self.device.type == "cuda":
            self._memory = _page_locked

    def __iter__(self) -> Iterator[Any]:
        worker = torch.utils.data.get_worker_info()
        if worker is not None and worker.num_workers > 1:
            raise Error(
                f"each of the {worker.num_workers} workers of a DataLoader would give every batch"
                " of a TorchLoader; use num_workers=0, as it has threads of its own, or a"
                " ShardDataset with a ShardSampler",
                USAGE,
            )
        epoch, batch = self._position.begin()
        return (_DevicePass if self.device.type == "cuda" else _TensorPass)(self, epoch, batch)


def _page_locked(size: int) -> Any:
    memory = torch.empty(size + ALIGNMENT, dtype=torch.uint8, pin_memory=True)
    skip = -memory.data_ptr() % ALIGNMENT
    return memory[skip:skip + size]


@overload
def _each(function: Callable[[Any], Any], batches: None) -> None: ...
@overload
def _each(function: Callable[[Any], Any], batches: Any) -> Any: ...
def _each(function: Callable[[Any], Any], batches: Any) -> Any:
    if batches is None:
        return None
    return tuple(map(function, batches)) if isinstance(batches, tuple) else function(batches)


class _TensorPass(Pass[Any]):
    """Tensors that share the arrays' memory; copied to a device that is neither CPU nor CUDA."""

    def _fetch(self) -> Any:
        return _each(self._tensors, super()._fetch())

    def _tensors(self, batch: dict[str, Any]) -> Tensors:
        device = self._loader.device  # type: ignore[attr-defined]
        tensors = {name: torch.from_numpy(value) for name, value in batch.items()}
        return {
            name: value if name == "index" else value.to(device) for name, value in tensors.items()
        }


class _DevicePass(Pass[Any]):
    """Copies one batch ahead. Page-locked memory is released when its copy is complete. An
    interrupted wait loses no batch.
    """

    def __init__(self, loader: TorchLoader, epoch: int, batch: int) -> None:
        self._stream = torch.cuda.Stream(loader.device)  # type: ignore[no-untyped-call]
        self._ahead: collections.deque[tuple[Any, Any, torch.cuda.Event]] = collections.deque()
        self._copying: collections.deque[tuple[Any, torch.cuda.Event]] = collections.deque()
        self._process = os.getpid()
        super().__init__(loader, epoch, batch)
        self._handed_out = batch

    def __next__(self) -> Any:
        with self._lock:
            self._copy_ahead(1)
            if not self._ahead:
                self._loader._position.ended(self._epoch)
                raise StopIteration
            try:
                self._copy_ahead(2)
            except Error:  # of the next batch, for which it is raised again
                pass
            on_host, on_device, copied = self._ahead.popleft()
            self._copying.append((on_host, copied))
            present = torch.cuda.current_stream(self._loader.device)  # type: ignore[attr-defined]
            present.wait_event(copied)
            _each(
                lambda batch: [
                    value.record_stream(present) for value in batch.values() if value.is_cuda
                ],
                on_device,
            )
            self._handed_out += 1
            self._loader._position.reached(self._epoch, self._handed_out)
            return on_device

    def _copy_ahead(self, count: int) -> None:
        """Fetches until `count` batches are on the device or in transfer; fewer at the end."""
        while len(self._ahead) < count:
            while self._copying and len(self._copying) + len(self._ahead) > 1:
                self._wait_for_copy()
            batch = self._fetch()
            if batch is None:
                return
            with torch.cuda.stream(self._stream):
                on_device = _each(self._copy, batch)
            self._ahead.append((batch, on_device, self._stream.record_event()))

    def _wait_for_copy(self) -> None:
        self._copying[0][1].synchronize()
        self._copying.popleft()

    def close(self) -> None:
        """Waits for copies, because page-locked memory must not be released while a copy reads it.
        """
        if self._process != os.getpid():  # a fork's child has no copies to wait for
            return
        self._copying.extend((on_host, copied) for on_host, _, copied in self._ahead)
        self._ahead.clear()
        while self._copying:
            self._wait_for_copy()
        super().close()

    def __del__(self) -> None:
        if hasattr(self, "_lock"):
            self.close()

    def _copy(self, batch: dict[str, Any]) -> Tensors:
        device = self._loader.device  # type: ignore[attr-defined]
        tensors = {name: torch.from_numpy(value) for name, value in batch.items()}
        return {
            name: value if name == "index" else value.to(device, non_blocking=True)
            for name, value in tensors.items()
        }
