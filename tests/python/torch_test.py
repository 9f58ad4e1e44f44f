"""rodprep.torch beside PyTorch's own DataLoader and torchdata's."""
import multiprocessing
import pickle
import sys
import unittest
import warnings

from support import BATCH, SIZE, DataSetTest, damage, indices

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


class Torch(DataSetTest):
    def setUp(self):
        super().setUp()
        warnings.simplefilter("ignore")  # of forking beside threads: the package allows it

    def equal(self, batch, arrays):
        for name in ("rgb", "depth", "label", "index"):
            self.assertTrue(torch.equal(batch[name], torch.from_numpy(arrays[name])), name)

    def test_default_collate_takes_samples(self):
        batch = default_collate([self.split[n] for n in range(3)])
        self.assertEqual((batch["rgb"].shape, batch["rgb"].dtype), ((3, SIZE, SIZE, 3), torch.uint8))
        self.assertEqual((batch["label"].dtype, batch["index"].tolist(), len(batch["key"])), (torch.int64, [0, 1, 2], 3))

    def test_a_dataloader_gives_the_loaders_batches_with_any_workers(self):
        want = [list(rodprep.Loader(self.split, BATCH, epoch=epoch, drop_last=False)) for epoch in range(2)]
        for workers, method in ((0, None), (2, "fork"), (1, "spawn")):
            loader = DataLoader(ShardDataset(self.split), batch_sampler=ShardSampler(self.split, BATCH, drop_last=False),
                                num_workers=workers, multiprocessing_context=method)
            for epoch in want:
                got = list(loader)
                self.assertEqual(len(got), len(loader))
                for batch, arrays in zip(got, epoch):
                    self.equal(batch, arrays)

    def test_a_sampler_gives_a_ranks_part_and_resumes(self):
        for order in ("full", "window", "sequential"):
            for rank in range(3):
                options = {"rank": rank, "world_size": 3, "seed": 5}
                self.assertEqual(list(ShardSampler(self.split, 5, order, **options)), indices(rodprep.Loader(self.split, 5, order, **options)))
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
        import shutil
        copy = self.folder / "copy"
        shutil.copytree(self.shards, copy)
        damage(copy / "ROD/00000.safetensors")
        split = rodprep.open(copy)["ROD"]
        loader = DataLoader(ShardDataset(split), batch_sampler=ShardSampler(split, BATCH), num_workers=1)
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

    def test_the_torch_loader_resumes(self):
        loader = TorchLoader(self.split, BATCH)
        running = iter(loader)
        next(running)
        resumed = TorchLoader(self.split, BATCH)
        resumed.load_state_dict(loader.state_dict())
        self.assertEqual([batch["index"].tolist() for batch in resumed], [batch["index"].tolist() for batch in running])

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
            self.assertTrue(any(one.data_ptr() <= batch["rgb"].data_ptr() < one.data_ptr() + one.numel() for one in made))
        loader._memory = lambda size: torch.empty(1, dtype=torch.uint8)
        loader.set_epoch(9)
        with self.raises(ValueError, "too small"):
            iter(loader)

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
            return StatefulDataLoader(ShardDataset(self.split), batch_sampler=ShardSampler(self.split, BATCH), num_workers=workers)

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
