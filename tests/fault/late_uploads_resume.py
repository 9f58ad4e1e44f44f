"""A drive that takes what is written at once but brings it to the cloud late, in any order, and a
machine that vanishes in between with all that was not there yet: the next machine resumes from what
the cloud has, and the states are the undisturbed run's.
"""

import filecmp
import pathlib
import shutil
import time

from drive import Drive
from faults import counted, fail, fresh, rng, run, short_or_long
from training import Trainer, command, messages, metrics, newest, says, small_run, step_of

ROUNDS, KILLS_EACH = short_or_long(2, 100), 3
LATE = 500  # milliseconds; a state is made each 100 or so
LINE = command(
    "--logdir",
    "drive/run",
    "--local-dir",
    "local",
    "--epochs",
    1000,
    "--resume",
    "--save-every",
    "6steps",
    "--keep",
    30,
)
UPLOADED = pathlib.Path("uploaded/run")
done = dict.fromkeys(("kills", "behind", "resumed"), 0)


def new_machine():
    """Its drive shows what the cloud has; what waits on it is for this machine alone."""
    fresh("local")
    fresh("cloud")
    shutil.copytree("uploaded", "cloud")
    return Drive("uploaded", LATE, rng.randrange(1000000))


def in_the_cloud():
    return newest(UPLOADED) == newest("cloud/run")


def trains_and_vanishes(kill):
    drive = new_machine()
    trainer = Trainer(LINE)
    try:
        trainer.wait_for_checkpoint(UPLOADED)
        if not trainer.alive():
            fail(f"{messages()}\nthe trainer ended by itself")
        time.sleep(rng.uniform(0, 1))
        if kill == 1:  # now, while a state is on its way
            end = time.monotonic() + 20
            while in_the_cloud() and time.monotonic() < end:
                time.sleep(0.01)
        done["behind"] += not in_the_cloud()
        if kill != 0:
            says("resuming from drive/run/checkpoints/step-")
            done["resumed"] += 1
    finally:
        trainer.process.kill()
        drive.vanish()
        trainer.process.wait()
    done["kills"] += 1


def goes_on_as_undisturbed():
    drive = new_machine()
    last = (step_of(newest(UPLOADED)) // 6 + 3) * 6
    _, text = run([*LINE, "--max-steps", str(last)], code=0)
    says("resuming from drive/run/checkpoints/step-", text)
    drive.unmount(lazily=False)  # and so uploads the rest
    fresh("whole")
    small_run(
        "--logdir",
        "whole",
        "--max-steps",
        last,
        "--epochs",
        1000,
        "--save-every",
        "6steps",
        "--keep",
        1000,
    )
    for file in (UPLOADED / "checkpoints").glob("step-*.safetensors"):
        if not filecmp.cmp(file, f"whole/checkpoints/{file.name}", shallow=False):
            fail(f"{file} is not the undisturbed run's")
    if newest(UPLOADED) != newest("whole"):
        fail("the cloud lacks the last state")
    # Lines that came to the cloud later than the state after them are lost; those that are there
    # are right, and none is double.
    lines = metrics(UPLOADED)
    if len(lines) != len(set(lines)):
        fail("lines of metrics are double")
    if not set(lines) <= set(metrics("whole")):
        fail("lines of metrics are not the undisturbed run's")


def main():
    for _ in range(ROUNDS):
        fresh("uploaded")
        pathlib.Path("uploaded").mkdir()
        for kill in range(KILLS_EACH):
            trains_and_vanishes(kill)
        goes_on_as_undisturbed()
    if done["behind"] == 0:
        fail("the cloud was never behind")
    counted(
        f"{done['kills']} machines vanished, {done['behind']} with a state that was not in the"
        f" cloud yet, {done['resumed']} had gone on from a state there: all states equal the"
        " undisturbed run's"
    )


main()
