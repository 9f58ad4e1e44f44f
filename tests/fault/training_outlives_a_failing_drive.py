"""The run folder on a drive that fails: EIO, ENOTCONN, full, hanging, flipping bits, doubling
names, short writes, losing what was written last. Training continues, its state waits on this
machine and is published later; the bytes are the undisturbed run's.
"""

import filecmp
import os
import pathlib
import re
import signal
import time

from drive import Drive, stop
from faults import RODTRAIN, counted, fail, fresh, rng, run, short_or_long
from training import (
    Trainer,
    command,
    messages,
    newest,
    newest_local,
    same_run,
    says,
    small_run,
    step_of,
)

ROUNDS = short_or_long(1, 56)
OPTIONS = ("--logdir", "drive/run", "--local-dir", "local", "--epochs", 1000, "--resume")
SAVING = command(*OPTIONS, "--save-every", "3steps")
CLOUD = pathlib.Path("cloud/run/checkpoints")


def drive_step():
    return step_of(newest("cloud/run"))


def local_step():
    return step_of(newest_local())


def start():
    """A trainer on an empty drive, whose first state has come there."""
    fresh("cloud/run")
    fresh("local")
    trainer = Trainer(SAVING)
    trainer.wait_until(lambda: drive_step() >= 1, "the first state on the drive")
    return trainer


def wait_for_more(trainer, step, what):
    before = step()
    trainer.wait_until(lambda: step() > before, what)


def undisturbed():
    """The end of the next epoch after the newest state, wherever that lies, and the undisturbed run
    to there.
    """
    last = (max(drive_step(), local_step()) // 6 + 1) * 6
    if not os.path.exists(f"whole-{last}"):
        small_run(
            "--logdir",
            f"whole-{last}",
            "--max-steps",
            last,
            "--epochs",
            1000,
            "--save-every",
            "3steps",
            "--keep",
            1000,
        )
    return last


def same_states():
    """What has a final name on the drive is the undisturbed run's; the newest, saved where it was
    stopped, is whole.
    """
    last = undisturbed()
    stopped = CLOUD / newest("cloud/run")
    for file in CLOUD.glob("step-*.safetensors"):
        if not re.fullmatch(r"step-\d{9}\.safetensors", file.name):  # the drive's own "… (1)"
            continue
        if file != stopped and not filecmp.cmp(
            file, f"whole-{last}/checkpoints/{file.name}", shallow=False
        ):
            fail(f"{file} is not the undisturbed run's")
    code, text = run([RODTRAIN, "export", stopped, "whole.safetensors"])
    if code != 0:
        fail(f"{text}\n{stopped} is not whole")


def compare_to_the_end():
    """Resumes; the messages are then in `messages`."""
    last = undisturbed()
    _, text = run(command(*OPTIONS, "--max-steps", last), code=0)
    pathlib.Path("messages").write_text(text)
    same_run(f"whole-{last}", "cloud/run")


def fails_for_a_while(drive, fault):
    """Training goes on and saves on this machine; what waited comes home when the fault has ended.
    """
    trainer = start()
    drive.begin(fault)
    wait_for_more(trainer, local_step, f"a state on this machine under {fault}")
    if fault != "hang":
        trainer.wait_until(lambda: "Training continues" in messages(), f"a message on {fault}")
    drive.end(fault)
    wait_for_more(trainer, drive_step, f"what waited, after {fault}")
    code = stop(trainer)
    if code != 130:
        fail(f"{messages()}\nexit code {code} after {fault}")
    same_states()
    compare_to_the_end()


def hangs_for_ever(drive):
    """A signal ends the run within 10 s, its state waits here, and the next run takes it up. No
    process is gone while a call of it is with a FUSE drive; this one says so, and is gone when the
    drive is mounted again.
    """
    trainer = start()
    drive.begin("hang")
    wait_for_more(trainer, local_step, "a state on this machine")
    signalled = time.monotonic()
    trainer.signal(signal.SIGTERM)
    trainer.wait_until(lambda: "stopped by SIGTERM" in messages(), "the end")
    if time.monotonic() - signalled > 10:
        fail(f"SIGTERM took {time.monotonic() - signalled:.1f} s")
    says("the system keeps this process until the drive responds or is unmounted")
    state = newest_local()
    drive.remount()
    code = trainer.wait()
    if code != 143:
        fail(f"{messages()}\nexit code {code} after SIGTERM under a hanging drive")
    compare_to_the_end()
    says(f"resuming from local/runs/.*/{state}")


def lose_the_newest():
    """The drive loses what was written last, in any order."""
    state = CLOUD / newest("cloud/run")
    loss = rng.randrange(3)
    if loss == 0:
        for file in CLOUD.iterdir():
            os.truncate(file, file.stat().st_size // 2)
    elif loss == 1:
        state.unlink()
        pathlib.Path("cloud/run/newest.json").unlink()
    else:
        os.truncate("cloud/run/metrics.jsonl", 0)
        state.rename(CLOUD / "copy (1).safetensors")


def machine_is_gone():
    """What the drive holds is enough."""
    fresh("cloud/run")
    fresh("local")
    trainer = Trainer(SAVING)
    trainer.wait_until(lambda: drive_step() >= 4, "a second state on the drive")
    time.sleep(rng.uniform(0, 0.5))
    trainer.kill()
    fresh("local")
    compare_to_the_end()
    says("resuming from drive/run/checkpoints/step-")


def main():
    drive = Drive()
    faults = 0
    for _ in range(ROUNDS):
        for fault in ("eio", "enotconn", "full", "corrupt", "double", "hang"):
            fails_for_a_while(drive, fault)
            faults += 1
        hangs_for_ever(drive)
        lose_the_newest()
        drive.begin("short")
        compare_to_the_end()
        drive.end("short")
        machine_is_gone()
        faults += 4  # for ever, lost, short, gone
    counted(f"{faults} faults of the drive: training went on, all bytes equal in the end")


main()
