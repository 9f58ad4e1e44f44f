"""The package's types: mypy accepts them, and they say what is there. Skipped by name without mypy."""
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import mypy  # noqa: F401
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

PACKAGE = pathlib.Path(os.environ["ROD_SOURCE"], "tools/python/rodprep")
USER = """
import numpy as np
import numpy.typing as npt
import rodprep

split = rodprep.open("shards")["ROD"]
rgb: npt.NDArray[np.uint8] = split[0]["rgb"]
for batch in rodprep.Loader(split, 4):
    label: npt.NDArray[np.int64] = batch["label"]
for one, other in rodprep.Loader([split, split], 4):
    index: npt.NDArray[np.int64] = other["index"]
state: rodprep.State = rodprep.Loader(split, 4, seed=3).state_dict()
"""
WRONG = """
import rodprep
split = rodprep.open("shards")["ROD"]
split["a"]
rodprep.Loader(split, batch_size="4")
rodprep.Loader("ROD", 4)
for batch in rodprep.Loader(split, 4):
    batch["labels"]
"""


def run(*arguments, cwd=None):
    environment = {**os.environ, "MYPYPATH": os.environ["PYTHONPATH"].split(":")[0]}
    done = subprocess.run([sys.executable, "-m", *arguments], capture_output=True, text=True, cwd=cwd, env=environment)
    print(done.stdout, done.stderr)
    return done


with tempfile.TemporaryDirectory() as folder:
    user, wrong = pathlib.Path(folder, "user.py"), pathlib.Path(folder, "wrong.py")
    user.write_text(USER)
    wrong.write_text(WRONG)
    cache = ["--cache-dir", str(pathlib.Path(folder, "cache"))]
    if run("mypy", "--strict", *cache, "-p", "rodprep", cwd=folder).returncode != 0:
        sys.exit("FAILED: mypy refuses the package")
    if run("mypy", "--strict", *cache, user, cwd=folder).returncode != 0:
        sys.exit("FAILED: mypy refuses a user's program")
    found = run("mypy", "--strict", *cache, wrong, cwd=folder).stdout
    if {int(line.split(":")[1]) for line in found.splitlines() if ": error:" in line} != {4, 5, 6, 8}:
        sys.exit("FAILED: mypy does not find the mistakes")
    if run("mypy.stubtest", "rodprep._native", cwd=folder).returncode != 0:
        sys.exit("FAILED: the stub is not what the module has")
