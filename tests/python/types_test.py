"""The package's types: mypy accepts them, and they say what is there. Skipped by name without mypy.
"""
import ast
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

from rodprep import _native  # noqa: E402

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
    done = subprocess.run(
        [sys.executable, "-m", *arguments], capture_output=True, text=True, cwd=cwd, env=environment
    )
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
    if {int(line.split(":")[1]) for line in found.splitlines() if ": error:" in line} != {
        4,
        5,
        6,
        8,
    }:
        sys.exit("FAILED: mypy does not find the mistakes")

# What a compiled module has can't be asked for signatures, but for names.
def public(names):
    return {name for name in names if not name.startswith("_")}


for node in ast.parse((PACKAGE / "_native.pyi").read_text()).body:
    if isinstance(node, ast.ClassDef):
        stub, there = {entry.name for entry in node.body}, dir(getattr(_native, node.name))
        if public(stub) != public(there):
            sys.exit(
                f"FAILED: the stub of {node.name} is not what the module has:"
                f" {public(stub) ^ public(there)}"
            )
stub = {
    node.name
    for node in ast.parse((PACKAGE / "_native.pyi").read_text()).body
    if isinstance(node, (ast.ClassDef, ast.FunctionDef))
}
if public(stub) != public(dir(_native)):
    sys.exit(f"FAILED: the stub is not what the module has: {public(stub) ^ public(dir(_native))}")
