"""The command line of cache, verify, info, preview and export: exit codes, messages, --json alone
on stdout.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

RODPREP = os.environ["RODPREP"]


def rodprep(line, code=0, says=""):
    """Runs rodprep with the words of `line`. Returns stdout; fails on another exit code, or without
    `says` on stderr.
    """
    done = subprocess.run([RODPREP, *line.split()], capture_output=True, text=True)
    if done.returncode != code or says not in done.stderr:
        sys.exit(
            f"rodprep {line}: exit {done.returncode}, expected {code} and '{says}'"
            f" in:\n{done.stderr}"
        )
    return done.stdout


def check(condition, what):
    if not condition:
        sys.exit(what)


def same_tree(one, other):
    """Whether two folders have the same files with the same bytes; diff prints what differs."""
    return subprocess.run(["diff", "-r", one, other]).returncode == 0


def fingerprint():
    return json.loads(rodprep("info out --json"))["fingerprint"]


rodprep("synth source.tar --pairs 80 --size 32 -q")

rodprep("cache source.tar out --size 32", 0, "complete, 80 pairs")
rodprep("cache source.tar out --size 32", 0, "already complete")
rodprep("cache source.tar out --size 48", 3, "size was 32, is now 48")
rodprep("cache source.tar new --layout imagenet", 2, "--layout")
rodprep("cache source.tar new --depth normals --normals-axes xxz", 2, "--normals-axes")
rodprep("cache source.tar new --size 5000", 2, "--size")
rodprep("cache source.tar new --smallset", 3, "the small lists of")
rodprep("cache source.tar new --split ROD", 2, "NAME=LIST")
rodprep("cache absent.tar new", 3, "check the path")
subprocess.run(["gzip", "-k", "source.tar"], check=True)
rodprep("cache source.tar.gz new --spool-limit 100kB", 4, "rodprep extract")
check(not os.path.exists("new"), "a command that does not fit left a folder")
rodprep("cache source.tar.gz new --size 32 --spool spooled", 0, "complete")
check(same_tree("out", "new"), "a gzip archive gives another data set than its tar")
check(os.listdir("spooled") == [], "the spool folder is not empty")
shutil.rmtree("new")

# One option takes one list: what follows is a positional again.
pathlib.Path("mine.txt").write_text("apple/apple_1/none_***.png 0\n")
rodprep("cache --split ROD=mine.txt source.tar new", 3, "mine.txt:1")

rodprep("verify out", 0, "intact")
rodprep("verify out --layout hb", 2, "--layout requires --repair")
rodprep("verify out --retry 5s", 0, "intact")  # of the data set's own reads, too
rodprep("info out --jobs 2", 2, "--jobs is for --duplicates")
rodprep("info out --most 2", 2, "--most requires --duplicates")
compared = rodprep("info out --duplicates --jobs 2 -q").splitlines()
check(
    any(line.startswith("80 images compared between splits") for line in compared),
    f"info --duplicates: {compared}",
)
check(
    '"near"' in rodprep("info out --duplicates --json -q"), "info --duplicates --json has no 'near'"
)
check("codec zstd, depth rgb" in rodprep("info out"), "info does not say codec and depth")
check(
    rodprep("info out --json")[0] == "{", "info --json begins with something else than its object"
)
check(
    '"picture": "sheet.png"' in rodprep("preview out sheet.png -q --json"),
    "preview --json does not name its picture",
)
rodprep("preview out sheet.png --split x", 3, "there is no split 'x'")
rodprep("verify .", 3, "dataset.json")

shard = sorted(pathlib.Path("out/ROD").glob("*.safetensors"))
check(len(shard) == 1, f"80 pairs are in {len(shard)} shards")
with open(shard[0], "r+b") as file:
    file.seek(shard[0].stat().st_size // 2)
    file.write(b"\xff\xff\xff\xff")
rodprep("verify out", 3, str(shard[0]))
check(
    '"intact": false' in rodprep("verify out --json", 3),
    "verify --json calls a damaged shard intact",
)

# A wrong source changes nothing; the right one gives back what it was.
rodprep("synth other.tar --pairs 80 --size 32 --seed 5 -q")
rodprep("verify out --repair other.tar", 3, "nothing was changed")
before = fingerprint()
rodprep("verify out --repair source.tar", 0, "repaired, 1 of")
rodprep("verify out", 0, "intact")
check(fingerprint() == before, "a repair changed the fingerprint")

rodprep("export out pngs", 0, "80 samples in 162 files")
rodprep("export out pngs", 3, "not empty")
rodprep("export out other --format zip", 2, "--format")
rodprep("cache pngs again --size 32", 0, "a list of images, recognised by list.tsv")
rodprep("cache pngs more --size 32 --layout folders", 0,
        "folders of classes (split/class): RGB by 'rgb', depth by 'depth' in folders and names")
