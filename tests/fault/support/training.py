"""For tests that train: a small data set in data/, runs of seconds, and how two runs are compared.
"""

import filecmp
import os
import pathlib
import re
import subprocess
import time

from faults import RODPREP, RODTRAIN, fail, needs, run

needs("rodprep", "rodtrain")
# threads that wait for one another are slow where many tests share few cores
os.environ["OMP_NUM_THREADS"] = "1"
run(
    [RODPREP, "synth", "demo.tar", "--pairs", "60", "--classes", "3", "--size", "32", "--quiet"],
    code=0,
)
run([RODPREP, "cache", "demo.tar", "data", "--size", "32", "--quiet"], code=0)

SMALL = {
    "--data": "data",
    "--arch": "resnet10-slim",
    "--image-size": "24",
    "--batch-size": "4",
    "--lr": "0.01",
    "--device": "cpu",
}


def command(*options, **changed):
    """A run's command line: the small options, those of them that are `changed`, then the others.
    """
    small = SMALL | {"--" + name.replace("_", "-"): value for name, value in changed.items()}
    return [RODTRAIN, *(word for pair in small.items() for word in pair), *map(str, options)]


def small_run(*options, code=0):
    """Runs to the end, quietly: its messages."""
    return run(command(*options, "--quiet"), code=code)[1]


class Trainer:
    """A run in the background. Its messages are in the file `messages`."""

    def __init__(self, line, **variables):
        with open("messages", "wb") as messages:
            self.process = subprocess.Popen(
                line, env=os.environ | variables, stdout=subprocess.DEVNULL, stderr=messages
            )

    def alive(self):
        return self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def wait(self):
        """Its exit code as a shell tells it."""
        code = self.process.wait()
        return code if code >= 0 else 128 - code

    def wait_until(self, condition, what, seconds=20):
        """While it lives."""
        end = time.monotonic() + seconds
        while not condition():
            if not self.alive():
                fail(f"{messages()}\nthe trainer ended while waiting for {what}")
            if time.monotonic() > end:
                fail(f"{messages()}\nwaited too long for {what}")
            time.sleep(0.02)

    def wait_for_checkpoint(self, folder):
        """Until the run has one that is none of those before, or has ended."""
        before = newest(folder)
        while newest(folder) == before and self.alive():
            time.sleep(0.02)


def messages():
    return pathlib.Path("messages").read_text(errors="replace")


def says(pattern, text=None):
    text = messages() if text is None else text
    if not re.search(pattern, text):
        fail(f"{text}\nthe message lacks '{pattern}'")


def newest_in(folder):
    """The name of the newest state there, or nothing."""
    return max((path.name for path in pathlib.Path(folder).glob("step-*")), default="")


def newest(folder):
    return newest_in(pathlib.Path(folder) / "checkpoints")


def newest_local():
    """In --local-dir local."""
    return max((newest_in(path) for path in pathlib.Path("local/runs").glob("*")), default="")


def step_of(name):
    return int("".join(re.findall(r"\d", name)) or 0)


def metrics(folder):
    """Its lines without what the clock says."""
    text = (pathlib.Path(folder) / "metrics.jsonl").read_text()
    return (
        re.sub(r'"(time|pairs_per_second|waited)":[^,}]*,?', "", text)
        .replace(",}", "}")
        .splitlines()
    )


def same_run(a, b):
    """Checkpoints of the last step, best and metrics without the clock's fields are equal, byte for
    byte.
    """
    a, b = pathlib.Path(a), pathlib.Path(b)
    last = newest(a)
    if last != newest(b):
        fail(f"{a} ends with {last}, {b} with {newest(b)}")
    for file in (f"checkpoints/{last}", "best.safetensors"):
        if not filecmp.cmp(a / file, b / file, shallow=False):
            fail(f"{a / file} and {b / file} differ")
    if metrics(a) != metrics(b):
        fail(f"the metrics of {a} and {b} differ")


def must_be_whole(file):
    code, text = run([RODTRAIN, "export", file, "whole.safetensors"])
    if code != 0:
        fail(f"{text}\n{file} is not whole")


def whole_files(folder):
    """What has a final name is complete."""
    folder = pathlib.Path(folder)
    for file in [*folder.glob("checkpoints/step-*.safetensors"), *folder.glob("best.safetensors")]:
        must_be_whole(file)
