"""SIGINT, SIGTERM in any phase (start-up, step, evaluation, save), a second one, a closed terminal:
exit code 130 or 143 within 10 s, the state is saved, and the run resumes to the undisturbed run's
bytes.
"""

import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

from faults import counted, fail, failing_library, fresh, rng, run, short_or_long
from training import Trainer, command, messages, newest, same_run, says, whole_files

FAILING = failing_library()
ROUNDS = short_or_long(1, 165)  # of five signals, some of which come too late
OPTIONS = ("--epochs", 10, "--save-every", "2steps", "--resume", "--residency", "stream")
LIMIT = 30 if os.environ.get("ROD_SANITIZE") else 10  # seconds
RUN = command("--logdir", "run", *OPTIONS)
stopped = dict.fromkeys(("start-up", "step", "evaluation", "save", "twice"), 0)
slowest = 0.0


def finish(folder):
    run(command("--logdir", folder, *OPTIONS), code=0)


def newest_state():
    """When it was written, and its name: one of the same step may have been evaluated since."""
    path = pathlib.Path("run/checkpoints") / newest("run")
    return (path.name, path.stat().st_mtime_ns) if path.is_file() else ("", 0)


def signal_itself(sent, call, files, n):
    """The run sends the signal to itself, at its n-th call for these files."""
    trainer = Trainer(
        RUN,
        LD_PRELOAD=FAILING,
        ROD_CALL=call,
        ROD_FILES=files,
        ROD_AT=str(n),
        ROD_FAIL=sent.name[3:],
        ROD_HIT=os.path.abspath("hit"),
    )
    code = trainer.wait()
    return code, os.stat("hit").st_mtime if os.path.exists("hit") else 0


def one_signal(phase, sent, start_up):
    """Sends it, waits for the end, checks what it left."""
    global slowest
    fresh("hit")
    before, begun = newest_state(), True
    if phase == "evaluation":
        # the first 8 are for its header
        code, when = signal_itself(sent, "pread", "*/data/synROD-test/*", 9 + rng.randrange(12))
    elif phase == "save":
        code, when = signal_itself(sent, "write", "*.safetensors*", 1 + rng.randrange(200))
    else:
        trainer = Trainer(RUN)
        if phase == "step":
            trainer.wait_for_checkpoint("run")
            time.sleep(rng.uniform(0, start_up / 2))
        else:
            time.sleep(rng.uniform(0, start_up))
        before, begun = newest_state(), re.search("^training", messages(), re.MULTILINE) is not None
        when = time.time()
        trainer.signal(sent)
        if phase == "twice":  # it ends at once
            trainer.signal(sent)
        code = trainer.wait()
    took = time.time() - when
    if code == 0:  # it was done before
        return
    if code != 128 + sent:
        fail(f"{messages()}\nexit code {code} after {sent.name} in {phase}")
    slowest = max(slowest, took)
    if took > LIMIT:
        fail(f"{took:.1f} s after {sent.name} in {phase}")
    stopped[phase] += 1
    # Before it listens the signal ends it as it ends every process: nothing was begun.
    if not begun or phase == "twice":
        return
    says(f"stopped by {sent.name}; the state is saved")
    if phase == "start-up":
        return
    if newest_state() <= before:
        fail(f"{sent.name} in {phase}: {newest_state()} is not newer than {before}")
    if newest_state()[1] < (when - 0.01) * 1e9:  # files' times are those of the last tick
        fail(f"{sent.name} in {phase}: {newest('run')} is from before it")


def signals_in_every_phase():
    began = time.monotonic()
    run(command("--logdir", "first", *OPTIONS, "--max-steps", 1), code=0)
    start_up = time.monotonic() - began
    signals = itertools.cycle((signal.SIGINT, signal.SIGTERM))
    for _ in range(ROUNDS):
        fresh("run")
        for phase in ("evaluation", "step", "save", "start-up", "twice"):
            one_signal(phase, next(signals), start_up)
        whole_files("run")
        finish("run")
        same_run("whole", "run")
    for phase in ("start-up", "step", "evaluation", "save"):
        if stopped[phase] < (ROUNDS + 1) // 2:
            fail(f"only {stopped[phase]} signals met {phase}")
    phases = ", ".join(f"{count} {phase}" for phase, count in stopped.items())
    counted(
        f"{sum(stopped.values())} signals stopped a run ({phases}), the slowest took"
        f" {slowest * 1000:.0f} ms; states saved, equal bytes"
    )


def wait(seconds, condition):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


def closed_terminal():
    """A terminal that goes away: the run continues as if nothing had been."""
    fresh("run")
    line = " ".join(command("--logdir", "run", *OPTIONS))
    terminal = subprocess.Popen(["script", "-qec", line, "/dev/null"], stdout=subprocess.DEVNULL)
    wait(60, lambda: newest("run") or terminal.poll() is not None)
    terminal.kill()
    terminal.wait()
    last = newest("run")
    if not wait(20, lambda: newest("run") != last):
        fail("the run ended with its terminal")
    lock = pathlib.Path("run/.lock")
    holder = lock.read_text() if lock.exists() else ""
    if holder:
        try:
            os.kill(json.loads(holder)["pid"], signal.SIGTERM)
        except ProcessLookupError:  # it has ended by itself
            pass
    wait(10, lambda: not lock.exists() or lock.stat().st_size == 0)
    finish("run")
    same_run("whole", "run")
    counted("a closed terminal did not disturb the run")


finish("whole")
signals_in_every_phase()
if shutil.which("script"):
    closed_terminal()
