"""check_pages.py finds a dead link, a dead heading, an unknown command, an unknown option, a missing script. RODPREP is its argument."""
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
"""
EXPECTED = ["gone.md", "no such heading", "infos: there is no such command", "no option --jsn", "no option --colour", "no tools/no_such_script.sh"]

with tempfile.TemporaryDirectory() as folder:
    pathlib.Path(folder, "README.md").write_text(PAGE)
    answer = subprocess.run([sys.executable, CHECK, folder, sys.argv[1]], capture_output=True, text=True)
print(answer.stdout, answer.stderr)
missed = [text for text in EXPECTED if text not in answer.stdout]
assert not missed, f"not found: {missed}"
assert f"{len(EXPECTED)} problems" in answer.stdout and answer.returncode == 1
