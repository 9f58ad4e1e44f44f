"""The GPU path on the stand-in for CUDA: what steps ask of it, and what happens when it fails.

    stand_in_test.py STUB STUB_DRIVER STUB_RODTRAIN [TEST]...
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

STUB, DRIVER, RODTRAIN = (os.path.abspath(argument) for argument in sys.argv[1:4])
# Kernels, copies and memsets of one step of rr with ResNet-18, without a graph: the goals, which
# concatenated batches reach, and what batches one after the other reach. bf16: the stand-in lacks
# the interface of cuDNN that bfloat16 needs, so that LibTorch makes each convolution of several
# products, and the number says nothing about a GPU.
GOALS = {"off": 900, "fp16": 1100}
ONE_BY_ONE = {"off": 1800, "fp16": 2080}
PRECISIONS = ("off", "fp16", "bf16")
# copies into the graph's inputs, the random state, the graph, a copy of the losses
GRAPH_LAUNCHES = 10
FEED_LAUNCHES = 30
RUN_OUT = 4  # exit code
OVERWRITTEN = "memory was overwritten"  # what the stand-in says


def run(program, *arguments, **settings):
    """(exit code, output, messages) of a program on the stand-in; `settings`: CC=75 for FAKE_CC=75.
    """
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("FAKE_")
    }
    environment |= {
        "LD_LIBRARY_PATH": STUB,
        "TORCH_CUDNN_V8_API_DISABLED": "1",
        "TORCH_SHOW_CPP_STACKTRACES": "0",
    }
    environment |= {f"FAKE_{name}": str(value) for name, value in settings.items()}
    done = subprocess.run(
        [program, *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return done.returncode, done.stdout, done.stderr


class OnTheStandIn(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.data = cls.folder / "data"
        cls.data.mkdir()
        code, _, messages = run(DRIVER, "data", cls.data)
        assert code == 0, messages

    def drive(self, mode, *options, **settings):
        code, output, messages = run(DRIVER, mode, self.data, *options, **settings)
        self.assertEqual(code, 0, messages)
        return json.loads(output.splitlines()[-1])

    def train(self, name, *options, image_size=24, **settings):
        """(exit code, messages, checkpoints) of a run of 3 epochs of 5 steps, or of others with
        larger images.
        """
        logdir = self.folder / name
        code, output, messages = run(
            RODTRAIN,
            "--data",
            self.data,
            "--logdir",
            logdir,
            "--arch",
            "resnet10-slim",
            "--image-size",
            image_size,
            "--batch-size",
            4 if image_size == 24 else 8,
            "--epochs",
            3,
            "--jobs",
            2,
            *options,
            **({"MEMORY_GB": 16} | settings),
        )
        checkpoints = logdir / "checkpoints"
        return (
            code,
            output + messages,
            sorted(checkpoints.iterdir()) if checkpoints.exists() else [],
        )

    # Counts.

    def test_a_step_makes_few_launches(self):
        for concat, limits in (("on", GOALS), ("off", ONE_BY_ONE)):
            for amp, limit in limits.items():
                with self.subTest(concat=concat, amp=amp):
                    step = self.drive("step", "amp", amp, "concat", concat)["step"]
                    print(
                        f"--amp {amp} --concat-batches {concat}: {step['launches']} launches a"
                        f" step, {limit} at most"
                    )
                    self.assertLessEqual(step["launches"], limit)
                    self.assertEqual(step["allocations"], 0)

    def test_a_recorded_step_is_one_launch_and_a_few_copies(self):
        for amp in PRECISIONS:
            for concat in ("off", "on"):
                with self.subTest(amp=amp, concat=concat):
                    report = self.drive(
                        "step",
                        "amp",
                        amp,
                        "graphs",
                        "on",
                        "concat",
                        concat,
                        "arch",
                        "resnet10-slim",
                    )
                    self.assertNotIn("log", report)
                    self.assertEqual(report["step"]["graphs"], 1)
                    print(
                        f"--amp {amp} --concat-batches {concat} as a graph:"
                        f" {report['step']['launches']} launches a step"
                    )
                    self.assertLessEqual(report["step"]["launches"], GRAPH_LAUNCHES)

    def test_a_feed_makes_few_launches(self):
        for residency in ("stream", "device"):
            with self.subTest(residency=residency):
                feed = self.drive("step", "residency", residency)["feed"]
                print(
                    f"--residency {residency}: {feed['launches']} launches a feed, {FEED_LAUNCHES}"
                    " at most"
                )
                self.assertLessEqual(feed["launches"], FEED_LAUNCHES)
                self.assertEqual(feed["allocations"], 0)
                self.assertEqual(feed["pageable copies"], 0)

    def test_a_step_after_the_third_does_not_wait(self):
        for method in ("rr", "rr-regression", "rotation", "source-only", "dann", "mmd", "afn"):
            for amp, concat in (("off", "off"), ("off", "on"), ("fp16", "on"), ("bf16", "off")):
                with self.subTest(method=method, amp=amp, concat=concat):
                    step = self.drive(
                        "step",
                        "method",
                        method,
                        "amp",
                        amp,
                        "concat",
                        concat,
                        "arch",
                        "resnet10-slim",
                        "steps",
                        3,
                    )["step"]
                    self.assertEqual((step["waits"], step["pageable copies"]), (0, 0))
                    # LibTorch's allocator may still take one more block of 2 MiB for small tensors.
                    self.assertLessEqual(step["allocations"], 1)

    def test_evaluations_share_a_copy_stream(self):
        evaluations = self.drive("evaluate")["evaluations"]
        self.assertEqual([n["streams"] for n in evaluations[1:]], [0] * (len(evaluations) - 1))
        self.assertEqual(evaluations[-1]["device bytes"], evaluations[1]["device bytes"])
        # the answers, at the end
        self.assertEqual({n["pageable copies"] for n in evaluations}, {1})

    # A copy is made as late as the program allows.
    def test_no_memory_is_used_again_before_its_copy_is_made(self):
        report = self.drive("feed", "steps", 20, LAZY=1)
        self.assertGreater(report["feeds"]["copies"], 20)
        self.assertEqual(report["feeds"]["overwritten"], 0)

    def test_what_a_lazy_gpu_is_given_and_gives_is_waited_for(self):
        for residency in ("stream", "device"):
            with self.subTest(residency=residency):
                code, messages, checkpoints = self.train(
                    f"lazy-{residency}",
                    "--device",
                    "cuda",
                    "--residency",
                    residency,
                    "--save-every",
                    "1steps",
                    LAZY=1,
                )
                # a checkpoint that was not waited for holds NaN, which is refused
                self.assertEqual(code, 0, messages)
                self.assertNotIn(OVERWRITTEN, messages)
                self.assertTrue(checkpoints)

    # What depends on the GPU.

    def test_channels_last_is_for_gpus_that_gain_by_it(self):
        expected = {
            60: {},
            70: {"fp16", "bf16"},
            75: {"fp16", "bf16"},
            80: {"off", "fp16", "bf16"},
            90: {"off", "fp16", "bf16"},
        }
        for capability, amps in expected.items():
            for amp in PRECISIONS:
                with self.subTest(capability=capability, amp=amp):
                    report = self.drive(
                        "step", "amp", amp, "steps", 1, "arch", "resnet10-slim", CC=capability
                    )
                    self.assertEqual(report["channels last"], amp in amps)

    def test_the_second_gpu_is_used_alone(self):
        code, messages, checkpoints = self.train("second", "--device", "cuda:1", DEVICES=2)
        self.assertEqual(code, 0, messages)
        self.assertIn("cuda:1", messages)
        self.assertTrue(checkpoints)
        code, messages, _ = self.train("third", "--device", "cuda:2", DEVICES=2)
        self.assertEqual(code, 2, messages)
        self.assertIn("there are 2 GPUs", messages)
        counts = self.drive("step", "device", "cuda:1", "arch", "resnet10-slim", DEVICES=2)["step"]
        self.assertGreater(counts["device bytes"], 0)
        self.assertEqual(counts["bytes on device 0"], 0)

    # Failures.

    def test_a_step_that_cannot_be_recorded_says_why_and_runs(self):
        for where in ("begin", "end"):
            with self.subTest(where=where):
                report = self.drive("step", "graphs", "on", NO_GRAPHS=where)
                self.assertRegex(
                    report["log"], "CUDA graphs: off, the step can't be recorded: .*capturing"
                )
                self.assertGreater(report["step"]["launches"], GRAPH_LAUNCHES)
                self.assertEqual(report["step"]["graphs"], 0)

    def test_a_gpu_without_a_kernel_is_named(self):
        code, messages, _ = self.train("no-kernel", "--device", "cuda", NO_KERNEL_IMAGE=1)
        self.assertEqual(code, 1, messages)
        self.assertIn("no kernel image is available", messages)
        self.assertIn("older torch", messages)

    def test_an_illegal_address_ends_the_run_with_its_cause_and_a_whole_checkpoint(self):
        for residency in ("stream", "device"):
            with self.subTest(residency=residency):
                name = f"illegal-{residency}"
                common = (
                    "--device",
                    "cuda",
                    "--cuda-graphs",
                    "off",
                    "--residency",
                    residency,
                    "--save-every",
                    "2steps",
                )
                code, messages, checkpoints = self.train(name, *common, FAIL_AFTER=8000)
                self.assertEqual(code, 1, messages)
                self.assertIn("an illegal memory access was encountered", messages)
                self.assertTrue(checkpoints)
                code, messages, after = self.train(name, *common, "--resume")
                self.assertEqual(code, 0, messages)
                self.assertNotIn(after[-1], checkpoints)

    def test_concatenated_batches_are_given_up_where_memory_is_too_small(self):
        def train(name, megabytes, *options):
            code, messages, _ = self.train(
                name,
                "--device",
                "cuda",
                "--cuda-graphs",
                "off",
                "--residency",
                "stream",
                *options,
                image_size=96,
                MEMORY_GB=megabytes / 1024,
            )
            self.assertIn(code, (0, RUN_OUT), messages)
            return code == 0, messages

        too_small, enough = 0, 512
        while enough - too_small > 4:
            middle = (too_small + enough) // 2
            fits, _ = train(f"memory-{middle}", middle, "--max-steps", 2)
            too_small, enough = (too_small, middle) if fits else (middle, enough)
        concatenated = "go through the network as one batch"
        for megabytes, expected in ((enough, False), (512, True)):
            with self.subTest(megabytes=megabytes):
                fits, messages = train(f"run-{megabytes}", megabytes, "--max-steps", 2)
                self.assertTrue(fits, messages)
                self.assertEqual(concatenated in messages, expected, messages)
                self.assertEqual("--concat-batches auto: off" in messages, not expected, messages)
                # It goes on as it began, whatever memory there is then.
                fits, messages = train(f"run-{megabytes}", 512, "--max-steps", 4, "--resume")
                self.assertTrue(fits, messages)
                self.assertEqual(concatenated in messages, expected, messages)

    def test_pairs_stay_on_the_gpu_beside_what_a_step_takes(self):
        beside = r"data: device: .* and are not needed by a step \([0-9.]+ [MG]B\)"
        for concat in ("auto", "on", "off"):
            with self.subTest(concat=concat):
                code, messages, _ = self.train(
                    f"beside-{concat}",
                    "--device",
                    "cuda",
                    "--cuda-graphs",
                    "off",
                    "--concat-batches",
                    concat,
                    "--max-steps",
                    1,
                )
                self.assertEqual(code, 0, messages)
                self.assertIn("data: device: ", messages)
                (self.assertNotRegex if concat == "off" else self.assertRegex)(messages, beside)

    # The checkpoint before a save may still be written, so that its memory is not free yet: some of
    # these runs succeed.
    def test_memory_that_runs_out_in_a_save_leaves_whole_checkpoints(self):
        failed_at = set()
        for megabytes in range(8, 32, 4):
            name = f"save-{megabytes}"
            options = ("--device", "cuda", "--residency", "stream", "--save-every", "2steps")
            code, messages, checkpoints = self.train(
                name, *options, PAGE_LOCKED_GB=megabytes / 1024
            )
            if code == 0:
                continue
            self.assertEqual(code, RUN_OUT, messages)
            failed = re.search(
                "memory ran out while the state after ([0-9]+) steps was copied: .*out of memory",
                messages,
            )
            if failed is None or failed[1] in failed_at:
                continue
            failed_at.add(failed[1])
            code, messages, after = self.train(name, *options, "--resume")
            self.assertEqual(code, 0, messages)
            self.assertEqual("resuming from" in messages, bool(checkpoints), messages)
            self.assertTrue(after)
        self.assertTrue(failed_at - {"0"}, failed_at)

    def test_memory_that_runs_out_has_an_exit_code_of_its_own(self):
        code, messages, _ = self.train(
            "step-1", "--device", "cuda", "--residency", "stream", MEMORY_GB=0.02
        )
        self.assertEqual(code, RUN_OUT, messages)
        self.assertRegex(messages, "memory|--batch-size")
        code, _, messages = run(DRIVER, "evaluate", self.data, "batch", 4, MEMORY_GB=0.1)
        self.assertEqual(code, RUN_OUT, messages)
        self.assertIn("memory ran out", messages)
        code, messages, checkpoints = self.train("evaluated", "--device", "cuda", "--max-steps", 1)
        self.assertEqual(code, 0, messages)
        code, _, messages = run(
            RODTRAIN,
            "eval",
            checkpoints[0],
            "--data",
            self.data,
            "--device",
            "cuda",
            MEMORY_GB=0.02,
        )
        self.assertEqual(code, RUN_OUT, messages)
        self.assertIn("memory ran out", messages)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
