"""kill -9 at random moments of extract, then run again: no final name was ever incomplete, the tree
is that of an undisturbed run, and of a plain tar what was done is neither read nor written again.
The same at each call that changes DEST.
"""

import json
import os
import pathlib
import subprocess
import time

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

needs("rodprep", "gzip")
FAILING = failing_library()
EXTRACT = ["--keep-free", "0", "-q"]


def extract(archive, to, *options):
    return [RODPREP, "extract", archive, to, *EXTRACT, *options]


def must_equal(whole, found, when):
    wrong = differences(whole, found)
    if wrong:
        fail(f"{when}: {wrong[:5]}")


def make_source():
    for folder in range(1, 21):
        path = pathlib.Path("source") / str(folder)
        path.mkdir(parents=True)
        for name in range(1, 51):
            (path / f"{name}.png").write_text(str(name).rjust(name * folder * 37 % 9000))
    pathlib.Path("source/large.bin").write_bytes(rng.randbytes(5000000))
    subprocess.run("tar -cf a.tar source && gzip -1 -k a.tar", shell=True, check=True)


def noted_position():
    """Up to where the journal says that the archive was unpacked."""
    journal = pathlib.Path("dest/.rodprep-extract/journal")
    marks = (
        [line for line in journal.read_bytes().splitlines() if line.startswith(b"@ ")]
        if journal.exists()
        else []
    )
    return int(marks[-1].split()[1]) if marks else 0


def kill_at_random_moments(wanted):
    start = time.monotonic()
    run(extract("a.tar", "undisturbed"), code=0)
    duration = time.monotonic() - start
    must_equal("source", "undisturbed/source", "undisturbed")
    size = os.path.getsize("a.tar")
    kills = runs = 0
    while kills < wanted:
        archive = rng.choice(["a.tar.gz", "a.tar", "a.tar", "a.tar"])
        fresh("dest")
        runs += 1
        for _ in range(5):
            child = subprocess.Popen(extract(archive, "dest", "--jobs", str(rng.randint(1, 4))))
            time.sleep(rng.uniform(0, duration))
            if child.poll() is None:
                child.kill()
                kills += 1
            child.wait()
            wrong = differences("source", "dest/source", partial=True)
            if wrong:
                fail(f"after kill {kills} of {archive}: {wrong[:5]}")
        noted = noted_position()
        with open("report.json", "wb") as report:
            subprocess.run(extract(archive, "dest", "--json"), stdout=report, check=True)
        must_equal("source", "dest/source", f"after {kills} kills of {archive}")
        if os.listdir("dest") != ["source"]:
            fail(f"something was left in DEST: {os.listdir('dest')}")
        text = pathlib.Path("report.json").read_text()
        if '"files": 1001' not in text:
            fail(text)
        read = find(json.loads(text), "read")
        # Beyond the noted position: a sample for the preflight, which of a real archive is < 1%.
        if archive == "a.tar" and read > size - noted + 1000000:
            fail(f"read {read} bytes again from {noted} of {size}")
    counted(
        f"{kills} kills in {runs} runs of a tar and a .tar.gz: all trees equal the undisturbed"
        " run's"
    )


def find(report, key):
    """The value of a key, at whatever depth."""
    for name, value in report.items():
        if name == key:
            return value
        if isinstance(value, dict) and (found := find(value, key)) is not None:
            return found
    return None


def kill_at_each_call():
    """Where a folder of the archive is there already and another is new."""
    for folder in ("old", "new"):
        os.makedirs(f"few/{folder}")
        for name in "123":
            pathlib.Path(f"few/{folder}/{name}.png").write_text(
                name * (1 if folder == "old" else 2) + "\n"
            )
    subprocess.run("tar -cf few.tar -C few old new", shell=True, check=True)

    def failing(**variables):
        fresh("dest")
        os.makedirs("dest/old")
        return run(extract("few.tar", "dest", "--jobs", "2"), LD_PRELOAD=FAILING, **variables)[0]

    kills = calls = 0
    for call in ("write", "rename", "unlink", "mkdir", "setxattr"):
        failing(ROD_CALL=call, ROD_COUNT="count")
        total = int(pathlib.Path("count").read_text())
        calls += total
        for n in range(1, total + 1):
            code = failing(ROD_CALL=call, ROD_AT=str(n), ROD_FAIL="KILL")
            if code != 137:
                fail(f"{call} {n} of {total}: exit code {code}, expected to be killed")
            kills += 1
            run(extract("few.tar", "dest"), code=0)
            must_equal("few", "dest", f"{call} {n}: the rerun gives another tree")
    counted(
        f"{kills} kills at {calls} write, rename, unlink, mkdir and setxattr calls: the rerun's"
        " tree is the undisturbed one"
    )


make_source()
kill_at_random_moments(short_or_long(50, 1000))
kill_at_each_call()
