"""For tests that train: a small data set in data/, runs on it of seconds, and what they are
asserted with.

small_run is the same for the tests in shell.
"""

import os
import pathlib
import re
import subprocess
import sys

RODPREP, RODTRAIN, SOURCE = os.environ["RODPREP"], os.environ["RODTRAIN"], os.environ["ROD_SOURCE"]
SMALL = {"--data": "data", "--arch": "resnet10-slim", "--image-size": "24", "--batch-size": "4",
         "--lr": "0.01", "--device": "cpu"}
os.environ["OMP_NUM_THREADS"] = "1"  # threads that wait for one another are slow on few cores
os.environ["GOMP_SPINCOUNT"] = "1000"  # as rodtrain's launcher sets it
messages = ""  # what the last program wrote to stderr


def check(condition, what):
    if not condition:
        sys.exit(f"{messages}\n{what}")


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def run(*command, code=0, **variables):
    """Runs a program with these environment variables and returns its stdout; fails on another exit
    code.
    """
    global messages
    command = [str(word) for word in command]
    done = subprocess.run(command, env=os.environ | variables, capture_output=True, text=True)
    messages = done.stderr
    check(
        done.returncode == code,
        f"exit code {done.returncode}, expected {code}: {' '.join(command)}",
    )
    return done.stdout


def says(*texts):
    """The last program's messages contain each of these."""
    for text in texts:
        check(text in messages, f"the message lacks '{text}'")


def small(*options, **changed):
    """A run's options: the small ones, those of them that are `changed` (None: left out), then the
    others.
    """
    options_of = SMALL | {"--" + name.replace("_", "-"): value for name, value in changed.items()}
    words = [
        word for name, value in options_of.items() if value is not None for word in (name, value)
    ]
    return [*words, "--quiet", *options]


def small_run(*options, code=0, **changed):
    return run(RODTRAIN, *small(*options, **changed), code=code)


def weights(folder):
    """The step of a run's newest checkpoint, and the hash of every tensor in it."""
    file = max(pathlib.Path(folder).glob("checkpoints/step-*.safetensors"))
    found = re.search(rb'"payload":"[0-9a-f]*"', file.read_bytes())
    check(found, f"{file} has no hash")
    return file.name, found[0]


def has_config(folder, option, value):
    """Whether a run's config.toml sets an option to this value, quoted or not."""
    text = pathlib.Path(folder, "config.toml").read_text(encoding="utf-8")
    return re.search(f'^{option}="?{value}"?$', text, re.M) is not None


run(RODPREP, "synth", "demo.tar", "--pairs", 60, "--classes", 3, "--size", 32, "--quiet")
run(RODPREP, "cache", "demo.tar", "data", "--size", 32, "--quiet")
