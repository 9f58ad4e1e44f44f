"""The GPU path on the stand-in for CUDA: what steps ask of it, and what happens when it fails.

    stand_in_test.py STUB STUB_DRIVER STUB_RODTRAIN [TEST]...
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

STUB, DRIVER, RODTRAIN = (os.path.abspath(argument) for argument in sys.argv[1:4])
# Kernels, copies and memsets of one step of rr with ResNet-18, without a graph: what is reached, which moves down
# towards the goals, never up. bf16: the stand-in lacks the interface of cuDNN that bfloat16 needs, so that LibTorch
# makes each convolution of several products, and the number says nothing about a GPU.
LAUNCHES = {"off": 1930, "fp16": 2220, "bf16": 6550}
GOALS = {"off": 900, "fp16": 1100, "bf16": 1100}
GRAPH_LAUNCHES = 40  # copies into the graph's inputs, the graph, a copy of the losses
FEED_LAUNCHES, FEED_GOAL = {"stream": 34, "device": 38}, 30
RUN_OUT = 4  # exit code


def run(program, *arguments, **settings):
    """(exit code, output, messages) of a program on the stand-in; `settings`: CC=75 for FAKE_CC=75."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FAKE_")}
    environment |= {"LD_LIBRARY_PATH": STUB, "TORCH_CUDNN_V8_API_DISABLED": "1", "TORCH_SHOW_CPP_STACKTRACES": "0"}
    environment |= {f"FAKE_{name}": str(value) for name, value in settings.items()}
    done = subprocess.run([program, *map(str, arguments)], env=environment, capture_output=True, text=True, timeout=300)
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

    def train(self, name, *options, **settings):
        """(exit code, messages, checkpoints) of a run of 3 epochs of 5 steps."""
        logdir = self.folder / name
        code, output, messages = run(
            RODTRAIN, "--data", self.data, "--logdir", logdir, "--arch", "resnet10-slim", "--image-size", 24, "--batch-size", 4,
            "--epochs", 3, "--jobs", 2, *options, **({"MEMORY_GB": 16} | settings))
        checkpoints = logdir / "checkpoints"
        return code, output + messages, sorted(checkpoints.iterdir()) if checkpoints.exists() else []

    # Counts.

    def test_a_step_makes_no_more_launches_than_it_did(self):
        for amp, limit in LAUNCHES.items():
            with self.subTest(amp=amp):
                step = self.drive("step", "amp", amp)["step"]
                launches = step["launches"]
                print(f"--amp {amp}: {launches} launches a step, goal {GOALS[amp]}")
                self.assertLessEqual(launches, max(limit, GOALS[amp]))
                self.assertEqual(step["allocations"], 0)

    def test_a_recorded_step_is_one_launch_and_a_few_copies(self):
        for amp in LAUNCHES:
            with self.subTest(amp=amp):
                report = self.drive("step", "amp", amp, "graphs", "on")
                self.assertNotIn("log", report)
                self.assertEqual(report["step"]["graphs"], 1)
                print(f"--amp {amp} as a graph: {report['step']['launches']} launches a step")
                self.assertLessEqual(report["step"]["launches"], GRAPH_LAUNCHES)

    def test_a_feed_makes_few_launches(self):
        for residency in ("stream", "device"):
            with self.subTest(residency=residency):
                feed = self.drive("step", "residency", residency)["feed"]
                print(f"--residency {residency}: {feed['launches']} launches a feed, goal {FEED_GOAL}")
                self.assertLessEqual(feed["launches"], FEED_LAUNCHES[residency])
                self.assertEqual(feed["allocations"], 0)
                self.assertEqual(feed["pageable copies"], 0)

    def test_a_step_after_the_fifth_does_not_wait(self):
        for method in ("rr", "rr-regression", "rotation", "source-only", "dann", "mmd", "afn"):
            for amp in LAUNCHES:
                with self.subTest(method=method, amp=amp):
                    step = self.drive("step", "method", method, "amp", amp, "arch", "resnet10-slim")["step"]
                    self.assertEqual((step["waits"], step["pageable copies"]), (0, 0))
                    # LibTorch's allocator may still take one more block of 2 MiB for small tensors.
                    self.assertLessEqual(step["allocations"], 1)

    def test_evaluations_share_a_copy_stream(self):
        evaluations = self.drive("evaluate")["evaluations"]
        self.assertEqual([n["streams"] for n in evaluations[1:]], [0] * (len(evaluations) - 1))
        self.assertEqual(evaluations[-1]["device bytes"], evaluations[1]["device bytes"])
        self.assertEqual({n["pageable copies"] for n in evaluations}, {1})  # the answers, at the end

    # A copy is made as late as the program allows.
    def test_no_memory_is_used_again_before_its_copy_is_made(self):
        report = self.drive("feed", "steps", 20, LAZY=1)
        self.assertGreater(report["feeds"]["copies"], 20)
        self.assertEqual(report["feeds"]["overwritten"], 0)

    # What depends on the GPU.

    def test_channels_last_is_for_gpus_that_gain_by_it(self):
        expected = {60: {}, 70: {"fp16", "bf16"}, 75: {"fp16", "bf16"}, 80: {"off", "fp16", "bf16"}, 90: {"off", "fp16", "bf16"}}
        for capability, amps in expected.items():
            for amp in LAUNCHES:
                with self.subTest(capability=capability, amp=amp):
                    report = self.drive("step", "amp", amp, "steps", 1, "arch", "resnet10-slim", CC=capability)
                    self.assertEqual(report["channels last"], amp in amps)

    def test_the_second_gpu_is_used_alone(self):
        code, messages, checkpoints = self.train("second", "--device", "cuda:1", DEVICES=2)
        self.assertEqual(code, 0, messages)
        self.assertIn("cuda:1", messages)
        self.assertTrue(checkpoints)
        code, messages, _ = self.train("third", "--device", "cuda:2", DEVICES=2)
        self.assertEqual(code, 2, messages)
        self.assertIn("there are 2 GPUs", messages)

    # Failures.

    def test_a_step_that_cannot_be_recorded_says_why_and_runs(self):
        for where in ("begin", "end"):
            with self.subTest(where=where):
                report = self.drive("step", "graphs", "on", NO_GRAPHS=where)
                self.assertRegex(report["log"], "CUDA graphs: off, the step can't be recorded: .*capturing")
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
                common = ("--device", "cuda", "--cuda-graphs", "off", "--residency", residency, "--save-every", "2steps")
                code, messages, checkpoints = self.train(name, *common, FAIL_AFTER=8000)
                self.assertEqual(code, 1, messages)
                self.assertIn("an illegal memory access was encountered", messages)
                self.assertTrue(checkpoints)
                code, messages, after = self.train(name, *common, "--resume")
                self.assertEqual(code, 0, messages)
                self.assertNotIn(after[-1], checkpoints)

    def test_memory_that_runs_out_has_an_exit_code_of_its_own(self):
        code, messages, _ = self.train("step-1", "--device", "cuda", "--residency", "stream", MEMORY_GB=0.02)
        self.assertEqual(code, RUN_OUT, messages)
        self.assertRegex(messages, "memory|--batch-size")
        code, _, messages = run(DRIVER, "evaluate", self.data, "batch", 4, MEMORY_GB=0.1)
        self.assertEqual(code, RUN_OUT, messages)
        self.assertIn("memory ran out", messages)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
