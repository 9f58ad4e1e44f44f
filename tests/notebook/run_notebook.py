"""Runs every cell of the Colab notebook for real, twice, as "Run all" after a disconnect would, on a rendered archive.

run_notebook.py NOTEBOOK SOURCE BUILD FOLDER: the build folder has both programs; FOLDER is empty and stays.
Exit code 77 (skipped): this Python has no nbclient or ipykernel.
"""
import glob
import os
import pathlib
import re
import signal
import subprocess
import sys

try:
    import ipykernel  # noqa: F401
    import nbclient
    import nbformat
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

NOTEBOOK, SOURCE, BUILD, FOLDER = (os.path.abspath(argument) for argument in sys.argv[1:5])
MOST_LINES = 80  # of one cell's output: no flood


def check_file(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None, f"cell {cell.id} has stored output"
        elif cell.source.startswith("#"):
            heading = cell.source.splitlines()[0]
            assert re.search("[\u4e00-\u9fff]", heading) and re.search("[A-Za-z]", heading), f"not in both languages: {heading}"


def text_of(cell):
    return "".join(output.get("text", "") for output in cell.outputs if output.output_type == "stream")


def run(notebook):
    """Executes all cells; {cell id: printed text} and the number of pictures."""
    nbclient.NotebookClient(notebook, timeout=500, kernel_name="python3", resources={"metadata": {"path": FOLDER}}).execute()
    texts, pictures = {}, 0
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        text = texts[cell.id] = text_of(cell)
        seen = text.replace("\r\n", "\n")
        assert len(seen.splitlines()) <= MOST_LINES or cell.id == "report", f"{cell.id} prints {len(seen.splitlines())} lines"
        assert "\x1b[" not in text, f"{cell.id} moves the cursor or colours"
        pictures += sum("image/png" in output.get("data", {}) for output in cell.outputs)
        print(f"---- {cell.id}\n{text}")
    return texts, pictures


def stop_tensorboard():
    """Ends the server that the notebook's own TensorBoard cell started, which outlives the kernel."""
    try:
        from tensorboard import manager
    except ImportError:
        return
    for server in manager.get_all():
        if server.logdir.startswith(FOLDER):
            os.kill(server.pid, signal.SIGTERM)


def main():
    drive = pathlib.Path(FOLDER, "drive-of-this-machine")
    work = pathlib.Path(FOLDER, "content")
    (drive / "rod-source").mkdir(parents=True)
    work.mkdir()
    for part in ("CMakeLists.txt", "lib", "tools", "trainer"):
        subprocess.run(["cp", "-r", "--parents", part, drive / "rod-source"], cwd=SOURCE, check=True)
    subprocess.run([os.path.join(BUILD, "tools/rodprep"), "synth", drive / "demo.tar", "--pairs", "60", "--classes", "3", "--size", "32", "-q"], check=True)
    here = os.path.dirname(os.path.abspath(__file__))
    os.environ.update(
        STAND_IN_DRIVE=str(drive), PYTHONPATH=here, OMP_NUM_THREADS="1", IPYTHONDIR=str(work / "ipython"),
        TMPDIR=FOLDER, PATH=f"{FOLDER}/installed/bin:{os.path.dirname(sys.executable)}:{os.environ['PATH']}",
        ROD_MOUNT=f"{FOLDER}/mount", ROD_ARCHIVE=f"{FOLDER}/mount/MyDrive/demo.tar", ROD_WORK=str(work), ROD_SHARDS=f"{FOLDER}/mount/MyDrive/rod/shards",
        ROD_SETUP=f'--trainer yes --prefix "{FOLDER}/installed" --from-build "{BUILD}"', ROD_CACHE="--size 32",
        ROD_TRAIN="--arch resnet10-slim --image-size 24 --batch-size 4 --lr 0.01 --device cpu --max-steps 4", ROD_EVAL="--device cpu")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    check_file(notebook)

    first, pictures = run(notebook)
    assert "Mounted at" in first["settings"]
    assert " built in " in first["install"], "the first session builds"
    assert "What that means" in first["machine"]
    assert ": complete" in first["cache"], first["cache"]
    assert pictures == 1, "the contact sheet is shown"
    assert "safe to close" in first["finish"]
    assert (drive / "rod/shards/dataset.json").exists()
    checkpoints = glob.glob(str(drive / "rod/runs/rr/checkpoints/step-*4.safetensors"))
    assert checkpoints, "trained to the end"

    # A new session: the machine is empty, the drive is as it was, and Run all goes on.
    subprocess.run(["rm", "-rf", f"{FOLDER}/installed", str(work)], check=True)
    for stored in (drive / "rod/builds").iterdir():
        stored.chmod(0o600)  # as a drive that keeps no execute bits
    work.mkdir()
    os.environ["ROD_TRAIN"] = os.environ["ROD_TRAIN"].replace("--max-steps 4", "--max-steps 6")
    second, pictures = run(nbformat.read(NOTEBOOK, as_version=4))
    assert "restored from" in second["install"], second["install"]
    assert "already complete" in second["cache"], second["cache"]
    assert pictures == 1
    assert glob.glob(str(drive / "rod/runs/rr/checkpoints/step-*6.safetensors")), "the run went on"


try:
    main()
finally:
    stop_tensorboard()
