"""extract: ENOSPC, EIO, EINTR or a short write at any write, and errors of open, mkdir, rename,
truncate and close, name the file, leave nothing incomplete under a final name, and a rerun
finishes.
"""

import os
import pathlib
import subprocess

from faults import (
    RODPREP,
    counted,
    differences,
    fail,
    failing_library,
    fresh,
    needs,
    rng,
    run,
    short_or_long,
)

needs("rodprep", "plain_build")
FAILING = failing_library()
STEP = short_or_long(9, 1)


def make_source():
    for folder in ("old", "new"):
        os.makedirs(f"source/{folder}")
        for name in "123":
            pathlib.Path(f"source/{folder}/{name}").write_text(
                name * (1 if folder == "old" else 2) + "\n"
            )
    for name in range(1, 31):
        pathlib.Path(f"source/{name}").write_text(str(name).rjust(name * 1000))
    pathlib.Path("source/large").write_bytes(rng.randbytes(2500000))
    subprocess.run("tar -cf a.tar source", shell=True, check=True)


def failing(**variables):
    """extract to dest/ (calls for DEST itself don't count), where a folder of the archive is there
    already
    """
    fresh("dest")
    os.makedirs("dest/source/old")
    command = [RODPREP, "extract", "a.tar", "dest", "--keep-free", "0", "-q", "--jobs", "2"]
    return run(command, LD_PRELOAD=FAILING, ROD_FILES=f"{os.getcwd()}/dest/*", **variables)


def rerun_finishes(what):
    code, messages = run([RODPREP, "extract", "a.tar", "dest", "--keep-free", "0", "-q"])
    if code != 0:
        fail(f"{messages}\n{what}: the rerun fails")
    wrong = differences("source", "dest/source")
    if wrong:
        fail(f"{what}: the rerun gives another tree: {wrong[:5]}")
    if os.listdir("dest") != ["source"]:
        fail(f"{what}: something was left in DEST: {os.listdir('dest')}")


def inject(call, error, codes, text=""):
    """At each such call below DEST, until a run comes through: how many were tried."""
    first = n = rng.randint(1, STEP)
    hit = pathlib.Path("hit")
    while True:
        fresh(hit)
        code, messages = failing(
            ROD_CALL=call, ROD_AT=str(n), ROD_FAIL=error, ROD_HIT=str(hit.resolve())
        )
        if not hit.exists():
            break
        what = f"{call} {n} with {error}"
        if code not in codes:
            fail(f"{messages}\n{what}: exit code {code}, expected {codes}")
        if code == 0:
            if differences("source", "dest/source"):
                fail(f"{what}: exit code 0, but another tree")
        elif not any(
            "dest" in line and text in line.split("dest", 1)[1] for line in messages.splitlines()
        ):
            fail(f"{messages}\n{what}: no file with '{text}'")
        if wrong := differences("source", "dest/source", partial=True):
            fail(f"{what}: an incomplete file has its name: {wrong}")
        if list(pathlib.Path("dest").rglob("part")):
            fail(f"{what}: an unfinished file was left")
        rerun_finishes(what)
        n += STEP
    if n == first and STEP == 1:
        fail(f"no {call} was met")
    return (n - first) // STEP


make_source()
injected = inject("write", "ENOSPC", (4,), "No space left")
injected += inject("write", "EDQUOT", (4,), "quota")
injected += inject("write", "EIO", (1,), "Input/output error")
injected += inject("write", "EINTR", (0,))
# A folder or file that is only looked for, or closed when all is written, may be missed without
# harm.
for call in ("open", "mkdir", "rename", "truncate", "close"):
    injected += inject(call, "ENOSPC", (0, 4), "No space left")
    injected += inject(call, "EIO", (0, 1), "Input/output error")
injected += inject("mkdir", "EMLINK", (0, 1), "Too many links")
injected += inject("close", "EINTR", (0,))
code, messages = failing(ROD_SHORT="1")
if code != 0:
    fail(f"short writes: {messages}")
rerun_finishes("short writes")
counted(f"{injected} injected errors and short writes: named, and a rerun finished")
