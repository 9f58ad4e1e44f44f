"""What a GPU does with rodtrain, in stages that each stand alone: tests, exactness, then speed
beside PyTorch.

    gpu_stages.py RODTRAIN TEST_TRAINER DATA PNG_FOLDER LOGS [STAGE ...] [--device cuda]

DATA is a data set of rodprep cache, PNG_FOLDER the same archive extracted. Each stage has a time
limit, writes LOGS/STAGE.log and adds its figures to LOGS/figures.json; one that fails does not keep
the others from running. Without names all stages run, by worth. Exit code 1 if any failed.
`--device cpu` rehearses all of them, on small networks.
"""
import argparse
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODES = {"float32": ["--amp", "off", "--tf32", "off"], "tf32": ["--amp", "off", "--tf32", "on"],
         "bf16": ["--amp", "bf16"], "fp16": ["--amp", "fp16"]}


class Stages:
    def __init__(self, args, log):
        self.args, self.log = args, log
        self.small = args.device == "cpu"
        self.network = self.network_of(8 if self.small else 64)
        self.modes = {mode: MODES[mode] for mode in args.modes.split(",")}

    def network_of(self, batch):
        return [*(["--arch", "resnet10-slim", "--image-size", "64"] if self.small
                  else ["--arch", "resnet18", "--image-size", "224"]), "--batch-size", str(batch)]

    def call(self, *command, env=None):
        """The command's output, which also goes to the stage's log. Raises if it fails."""
        print("$", *command, file=self.log, flush=True)
        done = subprocess.run(
            [str(c) for c in command],
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            env=os.environ | (env or {}),
        )
        print(done.stdout, file=self.log, flush=True)
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]} ended with {done.returncode}")
        return done.stdout

    def train(self, logdir, *options):
        return self.call(
            self.args.rodtrain,
            "--data",
            self.args.data,
            "--logdir",
            logdir,
            "--device",
            self.args.device,
            "-q",
            *options,
        )

    def tests(self):
        """The tests that only a GPU can do."""
        self.call(self.args.test_trainer, "--gtest_filter=Gpu.*")
        return {}

    def trainer_tests(self):
        """All of the trainer's tests, on that machine's LibTorch."""
        self.call(
            self.args.test_trainer, "--gtest_filter=-*Distributed*:*Parity*", "--gtest_brief=1"
        )
        return {}

    def parity(self):
        """A traced step against the paper in PyTorch, on the CPU, in float32 without
        TensorFloat-32.
        """
        figures = {}
        for concat in ("off", "on"):
            with tempfile.TemporaryDirectory() as scratch:
                self.train(
                    scratch,
                    *self.network_of(16),
                    *MODES["float32"],
                    "--trace",
                    "1",
                    "--max-steps",
                    "1",
                    "--dropout-p",
                    "0",
                    "--rot-dropout-p",
                    "0",
                    "--cuda-graphs",
                    "off",
                    "--concat-batches",
                    concat,
                )
                output = self.call(
                    sys.executable, ROOT / "tests/parity/check_trace.py", f"{scratch}/trace"
                )
            worst = [line.split() for line in output.splitlines() if line.startswith("  ")]
            figures |= {
                f"{' '.join(words[:-2])}, concatenated {concat}": words[-2] for words in worst
            }
        return figures

    def resume(self):
        """With --deterministic a run that is killed and resumed ends with the bits of one left
        alone; with graphs, too.
        """
        from safetensors.torch import load_file
        options = [
            *self.network_of(8 if self.small else 32),
            "--deterministic",
            "--max-steps",
            "40",
            "--save-every",
            "5steps",
            "--concat-batches",
            "off",
        ]
        last = lambda folder: load_file(
            max(pathlib.Path(folder, "checkpoints").glob("step-*.safetensors"))
        )
        equal = lambda a, b: set(a) == set(b) and all(a[name].equal(b[name]) for name in a)
        with tempfile.TemporaryDirectory() as scratch:
            self.train(f"{scratch}/alone", *options)
            command = [
                self.args.rodtrain,
                "--data",
                self.args.data,
                "--logdir",
                f"{scratch}/killed",
                "--device",
                self.args.device,
                "-q",
                *options,
            ]
            process = subprocess.Popen([str(c) for c in command], stderr=self.log)
            while process.poll() is None and not list(
                pathlib.Path(scratch, "killed/checkpoints").glob("step-*1?.safe*")
            ):
                time.sleep(.02)
            process.send_signal(signal.SIGKILL)
            killed = process.wait() != 0
            self.train(f"{scratch}/killed", *options, "--resume")
            self.train(f"{scratch}/eager", *options, "--cuda-graphs", "off")
            alone = last(f"{scratch}/alone")
            figures = {
                "killed": killed,
                "resumed equals undisturbed": equal(alone, last(f"{scratch}/killed")),
                "graphs equal operations": equal(alone, last(f"{scratch}/eager")),
            }
        if not all(figures.values()):
            raise RuntimeError(f"not the same bits: {figures}")
        return figures

    def bench(self, *options):
        return json.loads(
            self.call(
                self.args.rodtrain,
                "bench",
                "--data",
                self.args.data,
                "--device",
                self.args.device,
                *self.network,
                "--seconds",
                self.args.seconds,
                "--json",
                *options,
            )
        )

    def step(self):
        """A fixed batch, pairs per second of all four streams: ours with and without CUDA graphs,
        with batches one after the other and concatenated; eager PyTorch's.
        """
        figures = {}
        for mode, options in self.modes.items():
            eager = float(
                self.call(
                    sys.executable,
                    ROOT / "tests/bench/eager_step.py",
                    "--device",
                    self.args.device,
                    "--mode",
                    mode,
                    "--seconds",
                    self.args.seconds,
                    *self.network,
                ).split()[0]
            )
            for graphs, concat in (("auto", "off"), ("off", "off"), ("off", "on"), ("auto", "on")):
                rate = self.bench(
                    *options,
                    "--cuda-graphs",
                    graphs,
                    "--concat-batches",
                    concat,
                    "--residency",
                    "ram",
                )["step_pairs_per_second"]
                figures[f"{mode}, graphs {graphs}, concatenated {concat}"] = (
                    f"{rate:.0f} pairs/s, {rate / eager:.2f} of eager PyTorch's {eager:.0f}")
        return figures

    def feed(self):
        """Training with data over the step with a fixed batch, from each place where pairs may
        stay.
        """
        figures = {}
        for mode, options in self.modes.items():
            for residency in ("stream", "ram", "device"):
                result = self.bench(*options, "--residency", residency)
                rates = {
                    k.removesuffix("_pairs_per_second"): v
                    for k, v in result.items()
                    if k.endswith("_per_second")
                }
                figures[f"{mode}, {residency}"] = (
                    f"{result['train_over_step']:.3f} of the step; "
                    + ", ".join(f"{k} {v:.0f}" for k, v in rates.items())
                    + f"; limit {result['limit']}, first batch"
                    f" {result['first_batch_seconds']:.3f} s"
                )
        return figures

    def copy(self):
        """Bytes per second to the device against what one large page-locked copy reaches."""
        import torch
        size = int(self.network[self.network.index("--image-size") + 1])
        if self.small:
            return {"skipped": "nothing is copied on a CPU"}
        block = torch.empty(256 << 20, dtype=torch.uint8).pin_memory()
        there = torch.empty_like(block, device=self.args.device)
        there.copy_(block, non_blocking=True)
        torch.cuda.synchronize()
        start = time.perf_counter()
        for _ in range(20):
            there.copy_(block, non_blocking=True)
        torch.cuda.synchronize()
        limit = 20 * block.numel() / (time.perf_counter() - start)
        pair = 2 * 3 * round(size * 8 / 7) ** 2
        rate = self.bench("--residency", "stream")["copy_pairs_per_second"] * pair
        return {"copy": f"{rate / 1e9:.2f} GB/s, {rate / limit:.2f} of {limit / 1e9:.2f} GB/s"}

    def course(self):
        """Training against the course's program: two loader workers in all, Pillow, PyTorch; the
        same --amp.
        """
        figures = {}
        for mode in self.modes:
            output = self.call(
                sys.executable,
                ROOT / "tests/bench/step.py",
                self.args.rodtrain,
                self.args.data,
                self.args.png,
                "--device",
                self.args.device,
                "--mode",
                mode,
                "--seconds",
                self.args.seconds,
                *self.network,
            )
            figures[mode] = output.splitlines()[-1]
        return figures

    def start(self):
        """From the start of the program to its first step, and what of it a bare PyTorch takes to
        use the device.
        """
        figures = {}
        start = time.perf_counter()
        self.call(
            sys.executable,
            "-c",
            f"import torch; torch.ones(1, device='{self.args.device}').sum().item()",
        )
        figures["PyTorch to its first sum"] = f"{time.perf_counter() - start:.2f} s"
        with tempfile.TemporaryDirectory() as scratch:
            for name, options in (("new run, one step", []), ("resumed, one step", ["--resume"])):
                start = time.perf_counter()
                steps = "2" if options else "1"
                self.train(
                    f"{scratch}/run",
                    *self.network,
                    *options,
                    "--max-steps",
                    steps,
                    "--test-batches",
                    "1",
                )
                figures[name] = f"{time.perf_counter() - start:.2f} s to its end"
        return figures

    def run(self):
        """rr from start to end, with the report."""
        with tempfile.TemporaryDirectory() as scratch:
            start = time.perf_counter()
            report = json.loads(
                self.train(
                    f"{scratch}/run",
                    *self.network,
                    "--epochs",
                    "2" if self.small else "60",
                    "--amp",
                    "auto",
                    "--lr",
                    "0.01",
                    "--rot-dropout-p",
                    "0",
                    "--weight-decay",
                    "1e-4",
                    "--json",
                )
            )
            figures = {k: v for k, v in report.items() if isinstance(v, (int, float, str))}
            return figures | {"seconds": round(time.perf_counter() - start, 1)}


LIMITS = {
    "tests": 180,
    "parity": 240,
    "resume": 120,
    "step": 400,
    "feed": 240,
    "course": 240,
    "copy": 40,
    "start": 60,
    "run": 150,
    "trainer_tests": 300,
}


def run_stage(args, name):
    """In a process of its own, so that a hung or crashed stage ends alone."""
    with open(args.logs / f"{name}.log", "w") as log:
        process = subprocess.Popen(
            [
                sys.executable,
                __file__,
                *sys.argv[1:6],
                name,
                "--device",
                args.device,
                "--seconds",
                str(args.seconds),
                "--modes",
                args.modes,
                "--inside",
            ],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=LIMITS[name])
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return None, f"took longer than {LIMITS[name]} s"
    return (
        (json.loads(output.splitlines()[-1]), "") if process.returncode == 0 else (None, "failed")
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("rodtrain", "test_trainer", "data", "png", "logs"):
        parser.add_argument(name, type=pathlib.Path)
    parser.add_argument(
        "stages", nargs="*", default=list(LIMITS), metavar="STAGE", help=", ".join(LIMITS)
    )
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument(
        "--modes", default=",".join(MODES), help="of these (default: all), comma-separated"
    )
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    args.logs.mkdir(parents=True, exist_ok=True)
    if args.inside:
        print(json.dumps(getattr(Stages(args, sys.stderr), args.stages[0])()))
        return
    all_figures, failed = {}, []
    for name in args.stages:
        start = time.perf_counter()
        figures, error = run_stage(args, name)
        print(f"== {name}: {error or 'passed'}, {time.perf_counter() - start:.0f} s", flush=True)
        for key, value in (figures or {}).items():
            print(f"   {key}: {value}", flush=True)
        if error:
            failed.append(name)
            print(
                "   " + "\n   ".join((args.logs / f"{name}.log").read_text().splitlines()[-12:]),
                flush=True,
            )
        all_figures[name] = figures if not error else error
        (args.logs / "figures.json").write_text(json.dumps(all_figures, indent=1))
    sys.exit(1 if failed else 0)


main()
