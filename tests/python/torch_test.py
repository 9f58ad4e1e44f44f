"""rodprep.torch beside PyTorch's own DataLoader and torchdata's."""
import contextlib
import multiprocessing
import pickle
import shutil
import subprocess
import sys
import unittest
import unittest.mock
import warnings

from support import BATCH, SIZE, STREAM_TOOL, DataSetTest, damage, indices

import rodprep

try:
    import torch
    from torch.utils.data import DataLoader, default_collate

    import rodprep.torch
    from rodprep.torch import ShardDataset, ShardSampler, TorchLoader
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

try:
    from torchdata.stateful_dataloader import StatefulDataLoader
except ImportError:
    StatefulDataLoader = None


def only_index(sample):
    return sample["index"]


class FakeGpu:
    """Streams and events on a machine without a GPU, whose copies are complete when they are waited
    for.
    """

    def __init__(self):
        self.copied = self.waited_for = 0
        self.present = self.stream()

    def stream(self, _=None):
        stream = unittest.mock.Mock(waits=0)
        stream.record_event.side_effect = self.event

        def wait_event(_):
            stream.waits += 1

        stream.wait_event.side_effect = wait_event
        return stream

    def event(self):
        event = unittest.mock.Mock()
        event.synchronize.side_effect = self.wait
        return event

    def wait(self):
        self.waited_for += 1

    def copy(self, _, batch):
        self.copied += 1
        return {name: torch.from_numpy(value).clone() for name, value in batch.items()}

    @contextlib.contextmanager
    def as_cuda(self):
        with contextlib.ExitStack() as stack:
            for name, value in (
                ("Stream", self.stream),
                ("stream", lambda _: contextlib.nullcontext()),
                ("current_stream", lambda _: self.present),
            ):
                stack.enter_context(unittest.mock.patch.object(torch.cuda, name, value))
            stack.enter_context(
                unittest.mock.patch.object(
                    rodprep.torch._DevicePass,
                    "_copy",
                    lambda running, batch: self.copy(running, batch),
                )
            )
            yield

    def loader(self, split, batch):
        loader = TorchLoader(split, batch, device="cuda")
        loader._memory = None  # page-locked memory needs a driver
        return loader


class Torch(DataSetTest):
    def setUp(self):
        super().setUp()
        warnings.simplefilter("ignore")  # of forking beside threads: the package allows it

    def equal(self, batch, arrays):
        for name in ("rgb", "depth", "label", "index"):
            self.assertTrue(torch.equal(batch[name], torch.from_numpy(arrays[name])), name)

    def test_default_collate_takes_samples(self):
        batch = default_collate([self.split[n] for n in range(3)])
        self.assertEqual(
            (batch["rgb"].shape, batch["rgb"].dtype), ((3, SIZE, SIZE, 3), torch.uint8)
        )
        self.assertEqual(
            (batch["label"].dtype, batch["index"].tolist(), len(batch["key"])),
            (torch.int64, [0, 1, 2], 3),
        )

    def test_depth_in_millimetres_is_collated(self):
        folder = self.folder / "raw16"
        subprocess.run([STREAM_TOOL, "write", folder, "zstd", "raw16"], check=True)
        split = rodprep.open(folder)["ROD"]
        want = next(iter(TorchLoader(split, 3, "sequential")))["depth"]
        self.assertEqual((want.dtype, want.shape), (torch.uint16, (3, 16, 21)))
        for got in (
            default_collate([split[n] for n in range(3)]),
            next(iter(DataLoader(ShardDataset(split), batch_size=3, num_workers=1))),
        ):
            self.assertTrue(torch.equal(got["depth"].int(), want.int()))

    def test_a_dataloader_gives_the_loaders_batches_with_any_workers(self):
        want = [
            list(rodprep.Loader(self.split, BATCH, epoch=epoch, drop_last=False))
            for epoch in range(2)
        ]
        for workers, method in ((0, None), (4, "fork"), (1, "spawn")):
            loader = DataLoader(
                ShardDataset(self.split),
                batch_sampler=ShardSampler(self.split, BATCH, drop_last=False),
                num_workers=workers,
                multiprocessing_context=method,
            )
            for epoch in want:
                got = list(loader)
                self.assertEqual(len(got), len(loader))
                for batch, arrays in zip(got, epoch):
                    self.equal(batch, arrays)

    def test_a_sampler_gives_a_ranks_part_and_resumes(self):
        for order in ("full", "window", "sequential"):
            for rank in range(3):
                options = {"rank": rank, "world_size": 3, "seed": 5}
                self.assertEqual(
                    list(ShardSampler(self.split, 5, order, **options)),
                    indices(rodprep.Loader(self.split, 5, order, **options)),
                )
        sampler = ShardSampler(self.split, BATCH)
        running = iter(sampler)
        next(running), next(running)
        resumed = ShardSampler(self.split, BATCH)
        resumed.load_state_dict(sampler.state_dict())
        self.assertEqual(list(resumed), list(running))
        self.assertEqual((sampler.state_dict()["epoch"], list(sampler)), (1, list(resumed)))

    def test_a_transform_sees_tensors(self):
        dataset = ShardDataset(self.split, only_index)
        self.assertEqual([dataset[n] for n in range(3)], [0, 1, 2])
        self.assertIsInstance(ShardDataset(self.split)[0]["rgb"], torch.Tensor)
        self.assertEqual(pickle.loads(pickle.dumps(dataset))[-1], len(self.split) - 1)
        with self.raises(IndexError):
            dataset[len(dataset)]

    def test_a_damaged_sample_comes_through_a_workers_pipe(self):
        copy = self.folder / "copy"
        shutil.copytree(self.shards, copy)
        damage(copy / "ROD/00000.safetensors")
        split = rodprep.open(copy)["ROD"]
        loader = DataLoader(
            ShardDataset(split), batch_sampler=ShardSampler(split, BATCH), num_workers=1
        )
        with self.raises(rodprep.DataError, copy / "ROD/00000.safetensors", "sample "):
            list(loader)

    def test_the_torch_loader_gives_tensors_over_the_loaders_memory(self):
        loader = TorchLoader(self.split, BATCH)
        self.assertIsInstance(loader, torch.utils.data.IterableDataset)
        for batch, arrays in zip(loader, rodprep.Loader(self.split, BATCH), strict=True):
            self.equal(batch, arrays)
            self.assertEqual(batch["rgb"].data_ptr() % 64, 0)
        both = next(iter(TorchLoader([self.split, self.data["ROD"]], BATCH)))
        self.assertEqual(len(both), 2)
        self.assertEqual(len(list(DataLoader(loader, batch_size=None))), len(loader))
        with self.raises(rodprep.Error, "num_workers=0"):  # each worker would give all of them
            list(DataLoader(TorchLoader(self.split, BATCH), batch_size=None, num_workers=2))

    def test_the_torch_loader_resumes(self):
        loader = TorchLoader(self.split, BATCH)
        running = iter(loader)
        next(running)
        resumed = TorchLoader(self.split, BATCH)
        resumed.load_state_dict(loader.state_dict())
        self.assertEqual(
            [batch["index"].tolist() for batch in resumed],
            [batch["index"].tolist() for batch in running],
        )

    def test_batches_lie_in_memory_that_the_caller_makes(self):
        made = []

        def memory(size):
            made.append(torch.empty(size + 64, dtype=torch.uint8))
            skip = -made[-1].data_ptr() % 64
            return made[-1][skip:skip + size]

        loader = TorchLoader(self.split, BATCH)
        loader._memory = memory
        kept = list(loader) + list(loader)
        want = rodprep.Loader(self.split, BATCH)
        for batch, arrays in zip(kept, list(want) + list(want), strict=True):
            self.equal(batch, arrays)
            self.assertTrue(
                any(
                    one.data_ptr() <= batch["rgb"].data_ptr() < one.data_ptr() + one.numel()
                    for one in made
                )
            )
        loader._memory = lambda size: torch.empty(1, dtype=torch.uint8)
        loader.set_epoch(9)
        with self.raises(ValueError, "too small"):
            iter(loader)

    def test_copies_to_a_gpu_go_one_batch_ahead(self):
        gpu = FakeGpu()
        with gpu.as_cuda():
            loader = gpu.loader(self.split, BATCH)
            want = list(rodprep.Loader(self.split, BATCH))
            running, kept = iter(loader), []
            for n, arrays in enumerate(want, 1):
                kept.append(next(running))
                self.equal(kept[-1], arrays)
                self.assertEqual(loader.state_dict()["batch"], n)  # what was handed out
                self.assertEqual(gpu.copied, min(n + 1, len(want)))  # what is on its way
                self.assertLessEqual(gpu.copied - gpu.waited_for, 2)
            with self.assertRaises(StopIteration):
                next(running)
            for batch, arrays in zip(kept, want):
                self.equal(batch, arrays)
            # the consumer's stream, once for each batch
            self.assertEqual(gpu.present.waits, gpu.copied)
            running = iter(loader)
            next(running)
            running.close()
            self.assertEqual(gpu.copied, gpu.waited_for)  # before page-locked memory goes

    def test_an_error_or_ctrl_c_behind_a_batch_on_the_gpu_loses_none(self):
        copy = self.folder / "copy"
        shutil.copytree(self.shards, copy)
        damage(copy / "synROD-train/00000.safetensors")
        gpu = FakeGpu()
        with gpu.as_cuda():
            loader, plain, seen, want = (
                gpu.loader(rodprep.open(copy)["synROD-train"], BATCH),
                [],
                [],
                [],
            )
            for found, batches in (
                (want, rodprep.Loader(rodprep.open(copy)["synROD-train"], BATCH)),
                (seen, loader),
            ):
                with self.raises(rodprep.DataError, "sample "):
                    for batch in batches:
                        found.append(batch["index"].tolist())
            self.assertEqual(seen, want)
            loader = gpu.loader(self.split, BATCH)
            running, fetch, calls = iter(loader), rodprep._loader.Pass._fetch, []

            def interrupted_once():
                calls.append(1)
                if len(calls) == 3:
                    raise KeyboardInterrupt
                return fetch(running)

            running._fetch = interrupted_once
            plain.append(next(running)["index"].tolist())
            with self.assertRaises(KeyboardInterrupt):
                next(running)
            plain += [batch["index"].tolist() for batch in running]
            self.assertEqual(plain, indices(rodprep.Loader(self.split, BATCH)))

    @unittest.skipIf(not torch.cuda.is_available(), "there is no GPU")
    def test_a_gpu_gets_the_same_batches(self):
        loader = TorchLoader(self.split, BATCH, device="cuda")
        kept = list(loader) + list(loader)
        want = rodprep.Loader(self.split, BATCH)
        for batch, arrays in zip(kept, list(want) + list(want), strict=True):
            self.assertEqual(batch["rgb"].device.type, "cuda")
            self.equal({name: value.cpu() for name, value in batch.items()}, arrays)
        next(iter(loader))
        self.assertEqual(loader.state_dict()["batch"], 1)  # not what was copied ahead

    @unittest.skipIf(StatefulDataLoader is None, "torchdata is not installed")
    def test_the_stateful_dataloader_resumes(self):
        def map_style(workers):
            return StatefulDataLoader(
                ShardDataset(self.split),
                batch_sampler=ShardSampler(self.split, BATCH),
                num_workers=workers,
            )

        def whole_batches(_):
            return StatefulDataLoader(TorchLoader(self.split, BATCH), batch_size=None)

        for make, workers in ((map_style, 0), (map_style, 2), (whole_batches, 0)):
            whole = make(workers)
            want = [batch["index"].tolist() for _ in range(2) for batch in whole]
            loader, seen = make(workers), []
            for batch in loader:
                seen.append(batch["index"].tolist())
                if len(seen) == 3:
                    break
            state = pickle.loads(pickle.dumps(loader.state_dict()))
            resumed = make(workers)
            resumed.load_state_dict(state)
            seen += [batch["index"].tolist() for _ in range(2) for batch in resumed]
            self.assertEqual(seen, want, (make.__name__, workers))


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    unittest.main()
