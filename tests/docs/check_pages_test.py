"""check_pages.py finds a dead link, a dead heading, an unknown command, option or variable, a
missing script. RODPREP is its argument.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

CHECK = pathlib.Path(__file__).with_name("check_pages.py")
PAGE = """# Title
[gone](gone.md) [here](README.md#title) [no heading](README.md#nothing) `[not a link](in code)`

    rodprep info DATASET --json    # right
    rodprep infos DATASET
    rodprep info DATASET --jsn
    rodprep synth OUT.tar \\
      --colour red
    bash tools/no_such_script.sh
    sbatch --nodes=2 tools/no_such_job.sbatch SHARDS
    sbatch --nods=2 job.sbatch
    torchrun --nproc-per-node 2 --no-python rodprep info DATASET --of-torchrun
    torchrun --nproc-per-nod 2 --no-python rodprep info DATASET
    cmake --instal build/mine && cpack --confg FILE
    cmake -S . -B build/mine -DROD_RODPREP=OFF -DROD_RODPREPP=OFF
    ROD_RODPREP=OFF pip install . --no-such-flag
    ROD_NOTHING=1 rodprep info DATASET
"""
SAMPLE = """#!/bin/bash
#   rodprep info DATASET --in-head
echo "$ROD_RODPREP"
"""
CELL = '!bash "{SOURCE}/tools/no_such_setup.sh" --store "{STORE}"\n'

EXPECTED = [
    "gone.md",
    "no such heading",
    "infos: there is no such command",
    "no option --jsn",
    "no option --colour",
    "no tools/no_such_script.sh",
    "no tools/no_such_job.sbatch",
    "sbatch has no option --nods",
    "no option --of-torchrun",
    "torchrun has no option --nproc-per-nod ",
    "cmake has no option --instal ",
    "cpack has no option --confg",
    "nothing reads ROD_RODPREPP",
    "pip has no option --no-such-flag",
    "nothing reads ROD_NOTHING",
    "no option --in-head",
    "no tools/no_such_setup.sh",
]

with tempfile.TemporaryDirectory() as folder:
    tools = pathlib.Path(folder, "tools")
    tools.mkdir()
    pathlib.Path(folder, "README.md").write_text(PAGE)
    (tools / "sample.sh").write_text(SAMPLE)
    (tools / "notebook.ipynb").write_text(
        json.dumps({"cells": [{"cell_type": "code", "source": [CELL]}]})
    )
    answer = subprocess.run(
        [sys.executable, CHECK, folder, sys.argv[1]], capture_output=True, text=True
    )
print(answer.stdout, answer.stderr)
missed = [text for text in EXPECTED if text not in answer.stdout]
assert not missed, f"not found: {missed}"
assert f"{len(EXPECTED)} problems" in answer.stdout and answer.returncode == 1
