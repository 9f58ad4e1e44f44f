"""For tests whose run or data lies on a cloud drive that misbehaves: drivefs.cc, as
support/drive.sh starts it for shell.
"""

import atexit
import os
import pathlib
import signal
import subprocess
import time

from faults import fresh, skip

DRIVEFS = os.environ.get("DRIVEFS", "")


def is_mounted():
    """Whether drive/ is a FUSE file system."""
    done = subprocess.run(
        ["stat", "-f", "-c", "%t", "drive"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    return done.stdout.strip() == b"65735546"


class Drive:
    """drive/ shows the folder cloud/, and fails as the files in faults/ say.

    With `uploaded`, cloud/ is this machine's alone, and what is written comes to that folder up to
    `late` milliseconds later.
    """

    def __init__(self, uploaded=None, late=0, seed=0):
        self.arguments = [uploaded, str(late), str(seed)] if uploaded else []
        if not os.access(DRIVEFS or "/nowhere", os.X_OK):
            skip("drivefs is not built (libfuse3 is missing)")
        if not os.access("/dev/fuse", os.W_OK):
            skip("/dev/fuse can't be used here")
        atexit.register(self.unmount)
        self.mount()

    def mount(self):
        for folder in ("drive", "cloud", "faults"):
            os.makedirs(folder, exist_ok=True)
        with open("drivefs.log", "wb") as log:
            self.process = subprocess.Popen(
                [DRIVEFS, "drive", "cloud", "faults", *self.arguments], stderr=log
            )
        for _ in range(100):
            if is_mounted():
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        skip(
            "nothing can be mounted here:"
            f" {pathlib.Path('drivefs.log').read_text(errors='replace')}"
        )

    def unmount(self, lazily=True):
        """Lazily: while a call hangs, too. Otherwise what waits for the cloud is uploaded first."""
        for fault in pathlib.Path("faults").glob("*"):
            fault.unlink()
        folder = os.path.abspath("drive")
        commands = (
            (["fusermount3", "-u", "-z", folder], ["umount", "-l", folder])
            if lazily
            else (["fusermount3", "-u", folder], ["umount", folder])
        )
        for command in commands:
            try:
                if subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0:
                    break
            except FileNotFoundError:
                pass
        self.process.wait()

    def vanish(self):
        """The machine is gone, and what was not uploaded with it."""
        self.process.kill()
        self.unmount()
        atexit.unregister(self.unmount)

    def remount(self):
        """What `drive.mount(…, force_remount=True)` does with a drive that hangs: its process is
        killed.
        """
        self.process.kill()
        self.unmount()
        self.mount()

    @staticmethod
    def begin(fault):
        pathlib.Path("faults", fault).touch()

    @staticmethod
    def end(fault):
        fresh(f"faults/{fault}")


def stop(trainer, number=signal.SIGINT):
    """Sends the signal and returns the exit code."""
    trainer.signal(number)
    return trainer.wait()
