"""What the tests in Python use, as support/common.sh is for those in shell.

A test runs in an empty folder of its own, with RODPREP, RODTRAIN, SHARED, ROD_SOURCE, ROD_BINARY,
ROD_FAULT set. Exit code 0: nothing was violated; 77: skipped, the last line says why; anything
else: failed. What is random comes from `rng`, so that ROD_SEED repeats it.
"""

import filecmp
import os
import pathlib
import random
import shutil
import subprocess
import sys

RODPREP, RODTRAIN = os.environ["RODPREP"], os.environ["RODTRAIN"]
LONG = os.environ["ROD_LONG"] != "0"
FAULT = pathlib.Path(os.environ["ROD_FAULT"])
rng = random.Random(int(os.environ["ROD_SEED"]))


def fail(message):
    sys.exit(message)


def skip(why):
    print(why)
    sys.exit(77)


def short_or_long(short, long):
    return long if LONG else short


def counted(what):
    """A part of the test's line in README.md, e.g. f"{kills} kills, all resumed to equal bytes"."""
    print(what)
    with open(os.environ["ROD_COUNTS"], "a", encoding="utf-8") as file:
        file.write(what + "\n")


def needs(*names):
    """Skips the test where a program is missing, or `plain_build` where a sanitizer watches."""
    for name in names:
        if name == "plain_build":
            if os.environ.get("ROD_SANITIZE"):
                skip("a sanitizer takes memory and makes system calls of its own")
        elif name in ("rodprep", "rodtrain"):
            if not os.access(os.environ[name.upper()] or "/nowhere", os.X_OK):
                skip(f"{name} is not built")
        elif shutil.which(name) is None:
            skip(f"{name} is not installed")


def failing_library():
    """The library that fails calls of the program it is loaded into, see failing_calls.c."""
    needs("cc")
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-o", "failing.so", FAULT / "failing_calls.c", "-ldl"],
        check=True,
    )
    return str(pathlib.Path("failing.so").resolve())


def run(command, code=None, **variables):
    """Runs a command with these environment variables: (exit code as a shell tells it, its
    messages).
    """
    done = subprocess.run(
        command, env=os.environ | variables, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    found = done.returncode if done.returncode >= 0 else 128 - done.returncode
    messages = done.stderr.decode(errors="replace")
    if code is not None and found != code:
        fail(f"{messages}\nexit code {found}, expected {code}: {' '.join(map(str, command))}")
    return found, messages


def tree(folder):
    """Every folder and file below it, sorted, relative to it."""
    folder = pathlib.Path(folder)
    return sorted(path.relative_to(folder) for path in folder.rglob("*")) if folder.exists() else []


def differences(whole, found, partial=False):
    """What of `found` is not as in `whole`; with `partial`, what is missing does not count."""
    whole, found = pathlib.Path(whole), pathlib.Path(found)
    wrong = []
    there = set(tree(found))
    for path in there:
        a, b = whole / path, found / path
        if (
            not a.exists()
            or a.is_dir() != b.is_dir()
            or (a.is_file() and not filecmp.cmp(a, b, shallow=False))
        ):
            wrong.append(f"{b} is not {a}")
    if not partial:
        wrong += [f"{found / path} is missing" for path in tree(whole) if path not in there]
    return wrong


def fresh(folder):
    """Removes a folder or file, if it is there."""
    if os.path.isdir(folder):
        shutil.rmtree(folder)
    elif os.path.lexists(folder):
        os.unlink(folder)
