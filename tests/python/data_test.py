"""Data sets, splits and samples; and every way in which they can be wrong."""
import multiprocessing
import os
import pickle
import shutil
import subprocess
import threading
import time
import unittest
import unittest.mock

import numpy as np
from support import CLASSES, SIZE, STREAM_TOOL, DataSetTest, damage, rodprep_program

import rodprep


def first_key(split):
    return split[0]["key"]


class Data(DataSetTest):
    def test_a_data_set_tells_what_it_is(self):
        self.assertEqual(self.data.splits, ["ROD", "synROD-test", "synROD-train"])
        self.assertEqual(list(self.data), self.data.splits)
        self.assertEqual(len(self.data.classes), CLASSES)
        self.assertRegex(self.data.fingerprint, "^[0-9a-f]{32}$")
        self.assertEqual((self.data.info()["codec"], self.data.info()["height"]), ("zstd", SIZE))
        self.assertEqual(
            [split["samples"] for split in self.data.info()["splits"]],
            [len(split) for split in self.data.values()],
        )
        self.data.info()["splits"].clear()  # a copy
        self.assertEqual(len(self.data.splits), 3)

    def test_a_sample_is_a_dict_of_arrays_that_own_their_memory(self):
        sample = self.split[5]
        self.assertEqual(list(sample), ["rgb", "depth", "label", "key", "index"])
        for name in ("rgb", "depth"):
            self.assertEqual((sample[name].shape, sample[name].dtype), ((SIZE, SIZE, 3), np.uint8))
        before = sample["rgb"].copy()
        sample["rgb"][:] = 0
        self.assertTrue((self.split[5]["rgb"] == before).all())
        self.assertEqual(
            (sample["index"], type(sample["label"]), type(sample["key"])), (5, int, str)
        )

    def test_depth_alone_has_no_rgb(self):
        rodprep_program("export", self.shards, self.folder / "png", "--format", "png")
        for image in (self.folder / "png").rglob("*_rgb.png"):
            image.unlink()
        rodprep_program(
            "cache",
            self.folder / "png",
            self.folder / "alone",
            "--layout",
            "folders",
            "--structure",
            "split/class",
            "--depth-pattern",
            "*",
            "--size",
            SIZE,
        )
        with rodprep.open(self.folder / "alone") as alone:
            split = alone["synROD-train"]
            self.assertEqual(list(split[5]), ["depth", "label", "key", "index"])
            self.assertEqual(
                *(
                    sorted(sample["depth"].tobytes() for sample in one)
                    for one in (split, self.split)
                )
            )
            batch = next(iter(rodprep.Loader(split, batch_size=4, order="sequential")))
            self.assertEqual(list(batch), ["depth", "label", "index"])
            self.assertTrue((batch["depth"][3] == split[3]["depth"]).all())
            self.assertEqual((alone.info()["rgb"], self.data.info()["rgb"]), (False, True))

    def test_a_split_is_a_sequence(self):
        self.assertEqual(self.split[-1]["index"], len(self.split) - 1)
        self.assertEqual(self.split[np.int64(3)]["index"], 3)
        self.assertEqual([sample["label"] for sample in self.split], self.split.labels.tolist())
        self.assertEqual(self.split.labels.dtype, np.int64)

    def test_an_index_that_is_none_is_refused(self):
        for wrong in (len(self.split), -len(self.split) - 1, 2**70, -2**70):
            with self.raises(IndexError, "synROD-train", len(self.split)):
                self.split[wrong]
        for wrong in (
            1.0,
            "1",
            None,
            slice(0, 2),
            [1],
            (0, 1),
            np.array([1, 2]),
            np.float32(1),
            b"1",
            1j,
        ):
            with self.raises(TypeError, "integer", type(wrong).__name__):
                self.split[wrong]
        for right in (3, np.int8(3), np.uint64(3), np.array(3), True + 2):
            self.assertEqual(self.split[right]["index"], 3)

    def test_a_split_that_is_not_there_is_named_with_those_that_are(self):
        for wrong in ("nothing", "", 0, None, ("ROD",)):
            with self.raises(KeyError, f"no split {wrong!r}", "ROD, synROD-test"):
                self.data[wrong]

    def test_asking_for_a_split_opens_nothing(self):
        copy = self.folder / "copy"
        shutil.copytree(self.shards, copy)
        shutil.rmtree(copy / "ROD")
        data = rodprep.open(copy)
        self.assertTrue("ROD" in data and "nothing" not in data and 0 not in data)
        self.assertTrue(data == data and data != rodprep.open(copy) and hash(data))
        self.assertEqual(data.get("nothing"), None)

    def test_paths_are_text_of_any_bytes(self):
        odd = os.fsencode(self.folder) + b"/\xff \xe2\x82\xac"
        os.symlink(self.shards, odd)
        with rodprep.open(os.fsdecode(odd)) as data:
            self.assertEqual(data["ROD"][0]["key"], self.data["ROD"][0]["key"])
            self.assertEqual(pickle.loads(pickle.dumps(data["ROD"])).dataset, os.fsdecode(odd))
        with self.raises(rodprep.DataError, os.fsdecode(odd) + "x"):
            rodprep.open(os.fsdecode(odd) + "x")
        with self.raises(ValueError, "null"):
            rodprep.open(f"{self.shards}\0x")

    def test_a_closed_split_says_so(self):
        with rodprep.open(self.shards) as data:
            split = data["ROD"]
        for use in (
            lambda: split[0],
            lambda: split.labels,
            lambda: rodprep.Loader(split, 2).__iter__(),
        ):
            with self.raises(rodprep.Error, "'ROD' is closed", exit_code=2):
                use()
        split.close()

    def test_pickles_open_the_same_data_again(self):
        again = pickle.loads(pickle.dumps(self.split))
        self.assertTrue((again[3]["rgb"] == self.split[3]["rgb"]).all())
        self.assertEqual(pickle.loads(pickle.dumps(self.data)).fingerprint, self.data.fingerprint)
        copy = self.folder / "copy"
        shutil.copytree(self.shards, copy)
        pickled = pickle.dumps(rodprep.open(copy)["ROD"])
        shutil.rmtree(copy)
        rodprep_program("cache", self.archive, copy, "--size", 8)
        with self.raises(rodprep.DataError, copy, "was made anew", exit_code=3):
            pickle.loads(pickled)

    def test_forked_and_spawned_processes_read(self):
        for method in ("fork", "spawn"):
            with multiprocessing.get_context(method).Pool(1) as pool:
                self.assertEqual(pool.apply(first_key, (self.split,)), self.split[0]["key"])

    def test_threads_share_a_split(self):
        expected = [sample["rgb"].tobytes() for sample in self.split]
        wrong = []

        def read():
            for _ in range(5):
                wrong.extend(
                    n
                    for n, bytes_of in enumerate(expected)
                    if self.split[n]["rgb"].tobytes() != bytes_of
                )

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_threads_that_open_a_split_at_once_get_the_same(self):
        opened, first_has_it, found = [], threading.Event(), []

        class Slow(rodprep.Split):
            def __init__(self, *arguments):
                super().__init__(*arguments)
                opened.append(self)
                if len(opened) == 2:
                    first_has_it.wait(10)
                while len(opened) < 2:
                    time.sleep(0.001)

        def take():
            found.append(self.data["ROD"])
            first_has_it.set()

        with unittest.mock.patch("rodprep._data.Split", Slow):
            threads = [threading.Thread(target=take) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(found, [self.data["ROD"]] * 2)

    def test_everything_public_is_documented(self):
        for name in rodprep.__all__:
            value = getattr(rodprep, name)
            if name == "__version__":
                self.assertRegex(value, r"^\d+\.\d+\.\d+$")
                continue
            self.assertTrue(value.__doc__, name)
            for member, of in vars(value).items() if isinstance(value, type) else ():
                if not member.startswith("_") and (callable(of) or isinstance(of, property)):
                    self.assertTrue(of.__doc__, f"{name}.{member}")

    def test_errors_can_be_pickled(self):
        for error in (rodprep.Error("no room", 4), rodprep.DataError("bad")):
            again = pickle.loads(pickle.dumps(error))
            self.assertEqual(
                (type(again), str(again), again.exit_code),
                (type(error), str(error), error.exit_code),
            )


class OtherFormats(DataSetTest):
    def made(self, codec, depth):
        folder = self.folder / f"{codec}-{depth}"
        subprocess.run([STREAM_TOOL, "write", folder, codec, depth], check=True)
        return rodprep.open(folder)["ROD"]

    def test_depth_in_millimetres_is_uint16(self):
        for codec in ("raw", "zstd"):
            split = self.made(codec, "raw16")
            sample, batch = split[4], next(iter(rodprep.Loader(split, 5, "sequential")))
            self.assertEqual((sample["depth"].shape, sample["depth"].dtype), ((16, 21), np.uint16))
            self.assertEqual((batch["depth"].shape, batch["depth"].dtype), ((5, 16, 21), np.uint16))
            self.assertTrue(
                (batch["depth"][4] == sample["depth"]).all() and sample["depth"].max() > 255
            )

    def test_data_without_depth_has_no_such_key(self):
        split = self.made("zstd", "none")
        self.assertEqual(list(split[0]), ["rgb", "label", "key", "index"])
        self.assertEqual(list(next(iter(rodprep.Loader(split, 5)))), ["rgb", "label", "index"])

    def test_images_of_their_own_sizes_are_read_one_by_one(self):
        ragged = self.folder / "ragged"
        rodprep_program("cache", self.archive, ragged, "--size", 0)
        split = rodprep.open(ragged)["ROD"]
        self.assertEqual(split[0]["rgb"].shape[2], 3)
        with self.raises(rodprep.Error, "different sizes", exit_code=2):
            iter(rodprep.Loader(split, 2))


class Damaged(DataSetTest):
    def setUp(self):
        super().setUp()
        self.copy = self.folder / "copy"
        shutil.copytree(self.shards, self.copy)
        self.shard = self.copy / "ROD/00000.safetensors"

    def test_no_data_set(self):
        with self.raises(rodprep.DataError, "nowhere", exit_code=3):
            rodprep.open(self.folder / "nowhere")
        (self.copy / "dataset.json").unlink()
        with self.raises(rodprep.DataError, self.copy):
            rodprep.open(self.copy)
        (self.copy / "dataset.json").write_text("{}")
        with self.raises(rodprep.DataError, "dataset.json"):
            rodprep.open(self.copy)
        for wrong in (None, 5, b"x", ["x"]):
            with self.raises(TypeError, type(wrong).__name__):
                rodprep.open(wrong)

    def test_a_truncated_shard_is_named(self):
        os.truncate(self.shard, self.shard.stat().st_size - 1)
        with self.raises(rodprep.DataError, self.shard, "damaged"):
            rodprep.open(self.copy)["ROD"]

    def test_a_shard_that_is_not_there_is_named(self):
        self.shard.unlink()
        with self.raises(rodprep.DataError, self.shard):
            rodprep.open(self.copy)["ROD"]

    def test_a_shard_that_shrinks_while_it_is_open_is_an_error(self):
        split = rodprep.open(self.copy)["ROD"]
        os.truncate(self.shard, 100)
        with self.raises(rodprep.DataError, self.shard):
            split[0]

    def test_a_damaged_sample_is_named_and_the_others_are_read(self):
        damage(self.shard)
        split, wrong = rodprep.open(self.copy)["ROD"], []
        for n in range(len(split)):
            try:
                split[n]
            except rodprep.DataError as error:
                wrong.append((n, str(error)))
        self.assertEqual(len(wrong), 1)
        self.assertIn(str(self.shard), wrong[0][1])
        self.assertIn(f"sample {wrong[0][0]}", wrong[0][1])

    def test_bytes_at_random_never_end_the_process(self):
        rng = np.random.default_rng(1)
        whole = self.shard.read_bytes()
        for _ in range(40):
            content = np.frombuffer(whole, np.uint8).copy()
            for _ in range(rng.integers(1, 8)):
                content[rng.integers(0, content.size if rng.random() < 0.5 else 2000)] = (
                    rng.integers(0, 256)
                )
            self.shard.write_bytes(content.tobytes())
            try:
                for sample in rodprep.open(self.copy)["ROD"]:
                    del sample
            except rodprep.DataError as error:
                self.assertIn(str(self.shard), str(error))


if __name__ == "__main__":
    unittest.main()
