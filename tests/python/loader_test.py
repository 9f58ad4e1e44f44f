"""Batches: their order, their memory, resuming, processes, and how passes end."""
import gc
import json
import multiprocessing
import os
import pickle
import shutil
import signal
import threading
import unittest

import numpy as np
from support import BATCH, SIZE, DataSetTest, damage, indices, python

import rodprep


def passes(loader, count):
    return [indices(loader) for _ in range(count)]


def iterate(loader, queue):
    queue.put(indices(loader))


class Batches(DataSetTest):
    def test_a_pass_has_every_batch_once(self):
        loader = rodprep.Loader(self.split, BATCH)
        batches = list(loader)
        self.assertEqual(len(batches), len(loader))
        for batch in batches:
            self.assertEqual(list(batch), ["rgb", "depth", "label", "index"])
            self.assertEqual(
                (batch["rgb"].shape, batch["rgb"].dtype), ((BATCH, SIZE, SIZE, 3), np.uint8)
            )
            self.assertEqual((batch["label"].dtype, batch["index"].dtype), (np.int64, np.int64))
            for i, n in enumerate(batch["index"].tolist()):
                sample = self.split[n]
                self.assertTrue(
                    (batch["rgb"][i] == sample["rgb"]).all()
                    and (batch["depth"][i] == sample["depth"]).all()
                )
                self.assertEqual(batch["label"][i], sample["label"])

    def test_every_pass_is_the_next_epoch(self):
        first, second, third = passes(rodprep.Loader(self.split, BATCH), 3)
        self.assertNotEqual(first, second)
        loader = rodprep.Loader(self.split, BATCH, epoch=2)
        self.assertEqual(indices(loader), third)
        loader.set_epoch(0)
        self.assertEqual(indices(loader), first)
        self.assertEqual(loader.epoch, 1)
        next(iter(loader))  # a pass that was left counts
        self.assertEqual(indices(loader), third)

    def test_the_sequence_depends_on_seed_and_stream_alone(self):
        want = passes(rodprep.Loader(self.split, BATCH, threads=1), 2)
        for options in ({"threads": 3}, {"prefetch": 5}, {"prefetch": 1}, {"streams": "source"}):
            self.assertEqual(passes(rodprep.Loader(self.split, BATCH, **options), 2), want, options)
        for options in ({"seed": 2}, {"streams": "target"}, {"order": "sequential"}):
            self.assertNotEqual(
                passes(rodprep.Loader(self.split, BATCH, **options), 2), want, options
            )

    def test_without_drop_last_every_sample_is_there(self):
        for order in ("full", "window", "sequential"):
            loader = rodprep.Loader(self.split, BATCH + 1, order, drop_last=False)
            first, second = passes(loader, 2)
            self.assertEqual(len(first), len(loader))
            self.assertEqual(sorted(sum(first, [])), list(range(len(self.split))))
            whole = passes(rodprep.Loader(self.split, BATCH + 1, order), 2)
            self.assertEqual([first[:len(whole[0])], second[:len(whole[1])]], whole)
        for size in (1000, 2**31 - 1):  # no more memory than the split needs
            self.assertEqual(
                len(indices(rodprep.Loader(self.split, size, drop_last=False))[0]), len(self.split)
            )

    def test_several_splits_go_in_step(self):
        target = self.data["ROD"]
        loader = rodprep.Loader([self.split, target, self.split], BATCH)
        both = [
            tuple(batch["index"].tolist() for batch in step)
            for epoch in range(2)
            for step in loader
        ]
        source = sum(passes(rodprep.Loader(self.split, BATCH), 2), [])
        others = sum(passes(rodprep.Loader(target, BATCH, streams="target"), 9), [])[:len(both)]
        rotated = sum(passes(rodprep.Loader(self.split, BATCH, streams="source_rot"), 2), [])
        self.assertEqual(both, list(zip(source, others, rotated)))

    def test_ranks_see_the_parts_of_each_batch(self):
        whole = passes(rodprep.Loader(self.split, 5, drop_last=False), 2)
        parts = [
            passes(rodprep.Loader(self.split, 5, drop_last=False, rank=rank, world_size=3), 2)
            for rank in range(3)
        ]
        self.assertEqual(
            [[sum(slices, []) for slices in zip(*epoch)] for epoch in zip(*parts)], whole
        )
        os.environ.update(RANK="1", WORLD_SIZE="3", LOCAL_WORLD_SIZE="3")
        try:
            self.assertEqual(passes(rodprep.Loader(self.split, 5, drop_last=False), 2), parts[1])
        finally:
            for name in ("RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE"):
                del os.environ[name]

    def test_wrong_options_are_refused(self):
        for options, words in (
            ({"batch_size": 0}, "batch_size is 0"),
            ({"batch_size": 10**6}, "too few for a batch"),
            ({"order": "random"}, "full, window or sequential"),
            ({"seed": -1}, "seed is -1"),
            ({"window": 0}, "window is 0"),
            ({"rank": 2, "world_size": 2}, "rank is 2"),
            ({"rank": 1}, "together"),
            ({"prefetch": 0}, "prefetch is 0"),
            ({"threads": -1}, "threads is -1"),
            ({"epoch": -1}, "epoch is -1"),
            ({"streams": ["a", "b"]}, "different names"),
            ({"rank": 0, "world_size": BATCH + 1}, "too few for 5 processes"),
        ):
            with self.raises(rodprep.Error, words, exit_code=2):
                rodprep.Loader(self.split, **{"batch_size": BATCH, **options})
        with self.raises(rodprep.Error, "several splits"):
            rodprep.Loader([self.split, self.split], BATCH, drop_last=False)
        for wrong in ("ROD", [str(self.shards)], 5):
            with self.assertRaises(TypeError):
                rodprep.Loader(wrong, BATCH)
        for options, word in (
            ({"batch_size": 4.0}, "batch_size"),
            ({"batch_size": "4"}, "batch_size"),
            ({"seed": None}, "seed"),
            ({"epoch": 1.5}, "epoch"),
            ({"order": None}, "order"),
            ({"rank": "0", "world_size": 1}, "rank"),
            ({"threads": [1]}, "threads"),
            ({"streams": [1]}, "streams"),
        ):
            with self.raises(TypeError, word):
                rodprep.Loader(self.split, **{"batch_size": BATCH, **options})

    def test_numbers_of_numpy_are_numbers(self):
        loader = rodprep.Loader(
            self.split,
            np.int32(BATCH),
            seed=np.uint64(5),
            epoch=np.int64(1),
            rank=np.int8(0),
            world_size=np.int16(1),
        )
        self.assertEqual(
            {
                type(value)
                for value in (loader.batch_size, loader.epoch, loader.rank, loader.world_size)
            },
            {int},
        )
        self.assertEqual(json.loads(json.dumps(loader.state_dict())), loader.state_dict())
        self.assertEqual(
            indices(loader), indices(rodprep.Loader(self.split, BATCH, seed=5, epoch=1))
        )

    def test_rank_and_world_size_are_torchruns(self):
        code = """
            import sys, rodprep
            split = rodprep.open(sys.argv[1])["synROD-train"]
            try:
                loader = rodprep.Loader(split, 4)
                batches = [batch["index"].tolist() for batch in loader]
                print(loader.rank, loader.world_size, *batches, sep=";")
            except rodprep.Error as error:
                print(error)
        """
        whole = [index[2:] for index in indices(rodprep.Loader(self.split, 4))]
        for variables, said in (
            (
                {"RANK": "1", "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2"},
                ";".join(map(str, [1, 2, *whole])),
            ),
            ({"RANK": "one", "WORLD_SIZE": "2"}, "RANK is 'one'"),
            ({"LOCAL_WORLD_SIZE": "-1"}, "LOCAL_WORLD_SIZE is '-1'"),
            ({"RANK": "2", "WORLD_SIZE": "2"}, "rank is 2"),
            ({"RANK": "1"}, "rank is 1"),
        ):
            status, out, errors = python(code, self.shards, env={**os.environ, **variables})
            self.assertEqual((status, errors), (0, ""))
            self.assertIn(said, out)


class Memory(DataSetTest):
    CODEC = "raw"

    def test_a_batch_that_is_kept_is_never_overwritten(self):
        loader = rodprep.Loader(self.split, BATCH, threads=2)
        kept = [
            (batch["rgb"], batch["depth"][1], batch["index"]) for _ in range(5) for batch in loader
        ]
        del loader
        gc.collect()
        for rgb, depth, index in kept:
            for i, n in enumerate(index.tolist()):
                self.assertTrue((rgb[i] == self.split[n]["rgb"]).all())
            self.assertTrue((depth == self.split[int(index[1])]["depth"]).all())

    def test_batches_are_views_that_may_be_written_to(self):
        for batch in rodprep.Loader(self.split, BATCH):
            for name in ("rgb", "depth"):
                self.assertFalse(batch[name].flags.owndata)
                self.assertTrue(batch[name].flags.writeable and batch[name].flags.c_contiguous)
                batch[name][:] = 255
            self.assertEqual(np.from_dlpack(batch["rgb"]).ctypes.data, batch["rgb"].ctypes.data)
        self.assertEqual(
            indices(rodprep.Loader(self.split, BATCH)), indices(rodprep.Loader(self.split, BATCH))
        )

    def test_memory_is_used_again_once_it_is_free(self):
        loader, places = rodprep.Loader(self.split, BATCH, prefetch=2), set()
        for _ in range(20):
            for batch in loader:
                places.add(batch["rgb"].ctypes.data)
        self.assertLessEqual(len(places), 5)


class Resume(DataSetTest):
    def test_a_state_resumes_the_sequence_anywhere(self):
        loader = rodprep.Loader(self.split, BATCH, threads=2)
        sequence = [(epoch, index) for epoch in range(3) for index in indices(loader)]
        for stop in (0, 1, len(loader) - 1, len(loader), len(loader) + 2):
            loader = rodprep.Loader(self.split, BATCH)
            seen = []
            while len(seen) < stop:
                epoch = loader.epoch
                for batch in loader:
                    seen.append((epoch, batch["index"].tolist()))
                    if len(seen) == stop:
                        break
            state = pickle.loads(pickle.dumps(loader.state_dict()))
            resumed = rodprep.Loader(self.split, BATCH, threads=1, prefetch=4, epoch=7)
            resumed.load_state_dict(state)
            for copy in (resumed, pickle.loads(pickle.dumps(loader))):
                rest = []
                for epoch in range(copy.epoch, 3):
                    copy.set_epoch(epoch)
                    rest += [(epoch, batch["index"].tolist()) for batch in copy]
                self.assertEqual(seen + rest, sequence, stop)

    def test_other_ranks_resume(self):
        loader = rodprep.Loader(self.split, BATCH, rank=0, world_size=2)
        running = iter(loader)
        next(running), next(running)
        resumed = rodprep.Loader(self.split, BATCH, rank=0, world_size=1)
        resumed.load_state_dict(loader.state_dict())
        self.assertEqual(indices(resumed), indices(rodprep.Loader(self.split, BATCH))[2:])

    def test_without_drop_last_it_resumes_too(self):
        whole = indices(rodprep.Loader(self.split, 5, epoch=3, drop_last=False))
        loader = rodprep.Loader(self.split, 5, epoch=3, drop_last=False)
        next(iter(loader))
        resumed = rodprep.Loader(self.split, 5, drop_last=False)
        resumed.load_state_dict(loader.state_dict())
        self.assertEqual(indices(resumed), whole[1:])

    def test_a_state_of_another_sequence_is_refused(self):
        state = rodprep.Loader(self.split, BATCH).state_dict()
        for other, words in ((rodprep.Loader(self.split, BATCH + 1), "batch_size was 4 and is 5"),
                             (rodprep.Loader(self.split, BATCH, seed=2), "seed was 1 and is 2"),
                             (rodprep.Loader(self.data["ROD"], BATCH), "splits was")):
            with self.raises(rodprep.Error, words, exit_code=2):
                other.load_state_dict(state)
        sequence = state["sequence"]
        for wrong in (
            {},
            None,
            5,
            "state",
            [state],
            b"x",
            {**state, "version": 2},
            {**state, "version": "1"},
            {**state, "epoch": -1},
            {**state, "epoch": 2**40},
            {**state, "epoch": 0.5},
            {**state, "epoch": None},
            {**state, "batch": 10**9},
            {**state, "batch": -1},
            {**state, "batch": "0"},
            {**state, "sequence": 3},
            {**state, "sequence": None},
            {**state, "sequence": ["order"]},
            {**state, "sequence": {}},
            {**state, "sequence": {**sequence, "fingerprints": ["0" * 32]}},
            {**state, "sequence": {**sequence, "splits": np.zeros(2)}},
            {**state, "sequence": {**sequence, "seed": float("nan")}},
        ):
            loader = rodprep.Loader(self.split, BATCH, epoch=3)
            with self.raises(rodprep.Error, exit_code=2):
                loader.load_state_dict(wrong)
            self.assertEqual((loader.epoch, loader.state_dict()["batch"]), (3, 0))  # as it was

    def test_a_state_at_the_end_of_an_epoch_goes_on_with_the_next(self):
        loader = rodprep.Loader(self.split, BATCH)
        running = iter(loader)
        for _ in range(len(loader)):
            next(running)
        resumed = rodprep.Loader(self.split, BATCH)
        resumed.load_state_dict(loader.state_dict())
        # where a program evaluates that epoch, say
        self.assertEqual((resumed.epoch, indices(resumed)), (0, []))
        self.assertEqual(passes(resumed, 2), passes(rodprep.Loader(self.split, BATCH, epoch=1), 2))


class Ends(DataSetTest):
    def test_a_damaged_sample_ends_the_pass_at_its_batch(self):
        copy = self.folder / "copy"
        shutil.copytree(self.shards, copy)
        damage(copy / "synROD-train/00000.safetensors")
        loader = rodprep.Loader(rodprep.open(copy)["synROD-train"], BATCH)
        running, seen = iter(loader), []
        with self.raises(
            rodprep.DataError, copy / "synROD-train/00000.safetensors", "sample ", exit_code=3
        ):
            for batch in running:
                seen.append(batch["index"].tolist())
        self.assertEqual(seen, indices(rodprep.Loader(self.split, BATCH))[:len(seen)])
        self.assertEqual(loader.state_dict()["batch"], len(seen))
        with self.raises(rodprep.DataError):
            next(running)

    def test_threads_share_a_pass(self):
        running, seen = iter(rodprep.Loader(self.split, BATCH)), []

        def take():
            seen.extend(batch["index"].tolist() for batch in running)

        threads = [threading.Thread(target=take) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(seen), sorted(indices(rodprep.Loader(self.split, BATCH))))

    def test_two_passes_side_by_side(self):
        loader = rodprep.Loader(self.split, BATCH)
        first, second = passes(rodprep.Loader(self.split, BATCH), 2)
        a = iter(loader)
        got = [next(a)["index"].tolist()]
        self.assertEqual(indices(loader), second)
        self.assertEqual(got + [batch["index"].tolist() for batch in a], first)

    def test_a_closed_pass_says_so(self):
        running = iter(rodprep.Loader(self.split, BATCH))
        next(running)
        running.close()
        with self.raises(rodprep.Error, "closed"):
            next(running)

    def test_after_a_pass_that_was_closed_at_its_end_the_next_goes_on(self):
        loader = rodprep.Loader(self.split, BATCH)
        running = iter(loader)
        for _ in range(len(loader)):
            next(running)
        running.close()
        with self.assertRaises(StopIteration):
            next(running)
        self.assertEqual(indices(loader), passes(rodprep.Loader(self.split, BATCH), 2)[1])

    def test_passes_that_begin_at_one_place_are_of_their_own(self):
        loader = rodprep.Loader(self.split, BATCH)
        list(loader)  # the next one has its beginning ready
        first, second = iter(loader), iter(loader)
        want = passes(rodprep.Loader(self.split, BATCH), 2)[1]
        self.assertEqual(
            [(a["index"].tolist(), b["index"].tolist()) for a, b in zip(first, second)],
            list(zip(want, want)),
        )

    def test_a_forked_child_is_told_to_iterate_anew(self):
        loader = rodprep.Loader(self.split, BATCH)
        running = iter(loader)
        kept = next(running)
        code = os.fork()
        if code == 0:  # the child ends without this test's framework
            status = 1
            try:
                next(running)
            except rodprep.Error as error:
                status = 0 if "forked" in str(error) else 2
            del kept, running
            gc.collect()
            loader.set_epoch(1)
            if len(indices(loader)) != len(loader):
                status = 3
            os._exit(status)
        self.assertEqual(os.waitpid(code, 0)[1], 0)
        self.assertEqual(len(list(running)), len(loader) - 1)

    @unittest.skipIf(
        os.environ.get("ROD_SANITIZE"), "a sanitizer's allocator is left locked in a fork's child"
    )
    def test_a_fork_beside_a_thread_that_loads_leaves_both_running(self):
        loader, seen, stop = rodprep.Loader(self.split, BATCH, threads=3), [], threading.Event()
        running = iter(loader)
        want = passes(rodprep.Loader(self.split, BATCH), 2)[0]

        def take():
            while not stop.is_set():
                seen.extend(batch["index"].tolist() for batch in rodprep.Loader(self.split, BATCH))

        thread = threading.Thread(target=take)
        thread.start()
        try:
            for _ in range(20):
                code = os.fork()
                if code == 0:
                    signal.alarm(30)  # a child that waits for ever fails
                    try:
                        next(running)
                    except rodprep.Error:
                        os._exit(
                            0
                            if indices(rodprep.Loader(self.split, BATCH)) == want
                            and self.split[0]["index"] == 0
                            else 1
                        )
                    os._exit(2)
                self.assertEqual(os.waitpid(code, 0)[1], 0)
        finally:
            stop.set()
            thread.join()
        self.assertEqual(seen[:len(want)], want)
        self.assertEqual([batch["index"].tolist() for batch in running], want)

    def test_loaders_go_to_other_processes(self):
        for method in ("fork", "spawn"):
            context = multiprocessing.get_context(method)
            loader, queue = rodprep.Loader(self.split, BATCH), context.SimpleQueue()
            want = passes(rodprep.Loader(self.split, BATCH), 2)[1]
            list(loader)
            process = context.Process(target=iterate, args=(loader, queue))
            process.start()
            self.assertEqual(queue.get(), want)
            process.join()
            self.assertEqual(process.exitcode, 0)

    def test_an_interpreter_that_ends_takes_its_loaders_along(self):
        for ending in (
            "",
            (
                "import threading; threading.Thread(target=lambda: [list(loader) for _ in"
                " range(10**6)], daemon=True).start()"
            ),
            "sys.exit(0)",
            "keep = sys.modules; keep['x'] = running",
            "raise SystemExit(0)",
        ):
            status, _, errors = python(f"""
                import sys, rodprep
                loader = rodprep.Loader(rodprep.open(sys.argv[1])["ROD"], 2, threads=4)
                running = iter(loader)
                batch = next(running)
                {ending}""", self.shards)
            self.assertEqual(status, 0, (ending, errors))

    def slowly(self, code):
        """As python(), with the data set's folder, where reads wait as long as the file $ROD_HOLD
        exists.
        """
        before = [os.environ["LD_PRELOAD"]] if os.environ.get("LD_PRELOAD") else []  # a sanitizer
        preload = ":".join([*before, os.environ["ROD_SLOW_READ"]])
        return python(
            code,
            self.shards,
            env={**os.environ, "LD_PRELOAD": preload, "ROD_HOLD": str(self.folder / "hold")},
        )

    def test_while_a_batch_is_awaited_ctrl_c_and_close_and_other_threads_work(self):
        status, out, errors = self.slowly("""
            import os, pathlib, signal, sys, threading, time, rodprep
            split, hold = rodprep.open(sys.argv[1])["ROD"], pathlib.Path(os.environ["ROD_HOLD"])
            hold.touch()
            running, start = iter(rodprep.Loader(split, 2)), time.monotonic()
            counted = 0
            def count():
                global counted
                while hold.exists():
                    counted += 1
            threading.Thread(target=count, daemon=True).start()
            threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
            try:
                next(running)
            except KeyboardInterrupt:
                print("interrupted", time.monotonic() - start < 5, counted > 100)
            def release():
                time.sleep(0.3)
                hold.unlink()
            threading.Thread(target=release).start()
            threading.Timer(0.1, running.close).start()
            try:
                next(running)
            except rodprep.Error as error:
                print(error)
            """)
        self.assertEqual(
            (status, out), (0, "interrupted True True\nthe loader is closed\n"), errors
        )

    def test_ctrl_c_loses_no_batch_of_several_splits(self):
        status, out, errors = self.slowly("""
            import os, pathlib, signal, sys, threading, rodprep
            data, hold = rodprep.open(sys.argv[1]), pathlib.Path(os.environ["ROD_HOLD"])
            splits = [data["ROD"], data["synROD-train"]]
            def steps(running):
                return [tuple(batch["index"].tolist() for batch in step) for step in running]
            want = steps(rodprep.Loader(splits, 2, threads=1))
            loader = rodprep.Loader(splits, 2, threads=1)
            running, second = iter(loader), rodprep._loader.Pass._one
            def one(native, stream):
                if stream == 1 and not hold.exists():  # between the two batches of the first step
                    hold.touch()
                    threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
                    native = slow(native)
                return second(native, stream)
            class slow:
                def __init__(self, native): self.native = native
                def next(self, stream):
                    while hold.exists(): signal.pause()
            running._one = one
            try:
                next(running)
            except KeyboardInterrupt:
                hold.unlink()
                del running._one
            print(steps(running) == want)
            """)
        self.assertEqual((status, out), (0, "True\n"), errors)

    def test_a_fork_while_a_thread_awaits_a_batch_leaves_the_child_free(self):
        status, out, errors = self.slowly("""
            import os, pathlib, signal, sys, threading, time, rodprep
            split, hold = rodprep.open(sys.argv[1])["ROD"], pathlib.Path(os.environ["ROD_HOLD"])
            hold.touch()
            running = iter(rodprep.Loader(split, 2))
            thread = threading.Thread(target=lambda: next(running))
            thread.start()
            time.sleep(0.2)
            code = os.fork()
            if code == 0:
                signal.alarm(20)
                try:
                    next(running)
                except rodprep.Error as error:
                    os._exit(0 if "forked" in str(error) else 1)
                os._exit(2)
            print(os.waitpid(code, 0)[1])
            hold.unlink()
            thread.join()
            """)
        self.assertEqual((status, out), (0, "0\n"), errors)

    def test_a_sample_is_read_without_the_gil(self):
        status, out, errors = self.slowly("""
            import os, pathlib, sys, threading, time, rodprep
            split, hold = rodprep.open(sys.argv[1])["ROD"], pathlib.Path(os.environ["ROD_HOLD"])
            hold.touch()
            threading.Timer(0.3, hold.unlink).start()
            counted, done = 0, []
            def count():
                global counted
                while not done:
                    counted += 1
            threading.Thread(target=count, daemon=True).start()
            split[0]
            done.append(True)
            print(counted > 1000)
            """)
        self.assertEqual((status, out), (0, "True\n"), errors)


if __name__ == "__main__":
    unittest.main()
