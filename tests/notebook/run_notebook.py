"""Runs every cell of the Colab notebook for real, as "Run all" would, on a rendered archive: twice, as after a disconnect; without a GPU; and with something missing.

run_notebook.py NOTEBOOK SOURCE BUILD FOLDER: the build folder has both programs; FOLDER is empty and stays.
Exit code 77 (skipped): this Python has no nbclient or ipykernel.
"""
import glob
import importlib.util
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
ASKS_TENSORBOARD = """import urllib.request
from tensorboard import manager
print([urllib.request.urlopen(f"http://localhost:{server.port}/data/environment").status for server in manager.get_all() if server.logdir == RUN])"""


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
    """Executes all cells; {cell id: printed text}, the number of pictures, and whether the report is shown in a frame of its own."""
    nbclient.NotebookClient(notebook, timeout=500, kernel_name="python3", resources={"metadata": {"path": FOLDER}}).execute()
    texts, pictures, framed = {}, 0, False
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        text = texts[cell.id] = text_of(cell)
        lines = len(text.replace("\r\n", "\n").splitlines())
        assert lines <= MOST_LINES, f"{cell.id} prints {lines} lines"
        assert "\x1b[" not in text, f"{cell.id} moves the cursor or colours"
        pictures += sum("image/png" in output.get("data", {}) for output in cell.outputs)
        pages = [output.data["text/html"] for output in cell.outputs if "text/html" in output.get("data", {})]
        framed = framed or cell.id == "report" and len(pages) == 1 and "<iframe srcdoc=" in pages[0] and "<style" not in pages[0]
        print(f"---- {cell.id}\n{text}")
    return texts, pictures, framed


def stops_with(*expected):
    """Executes all cells, one of which ends the run with a message that has these words."""
    try:
        run(nbformat.read(NOTEBOOK, as_version=4))
    except nbclient.exceptions.CellExecutionError as error:
        assert error.ename == "SystemExit" and all(words in error.evalue for words in expected), error
    else:
        raise AssertionError(f"nothing says: {expected}")


def stop_tensorboard():
    """Ends the server that the notebook's own TensorBoard cell started, where it outlives the kernel."""
    try:
        from tensorboard import manager
    except ImportError:
        return
    for server in manager.get_all():
        if server.logdir.startswith(FOLDER):
            os.kill(server.pid, signal.SIGTERM)


def empty_machine(work):
    """A new session: the machine is empty, the drive is as it was."""
    subprocess.run(["rm", "-rf", f"{FOLDER}/installed", str(work)], check=True)
    work.mkdir()


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
        STAND_IN_DRIVE=str(drive), PYTHONPATH=f"{here}:{BUILD}/tools/python", OMP_NUM_THREADS="1", IPYTHONDIR=str(work / "ipython"),
        TMPDIR=FOLDER, PATH=f"{FOLDER}/installed/bin:{os.path.dirname(sys.executable)}:{os.environ['PATH']}",
        ROD_MOUNT=f"{FOLDER}/mount", ROD_ARCHIVE=f"{FOLDER}/mount/MyDrive/demo.tar", ROD_WORK=str(work), ROD_SHARDS=f"{FOLDER}/mount/MyDrive/rod/shards",
        ROD_SETUP=f'--trainer yes --prefix "{FOLDER}/installed" --from-build "{BUILD}"', ROD_CACHE="--size 32",
        ROD_TRAIN="--arch resnet10-slim --image-size 24 --batch-size 4 --lr 0.01 --device cpu --max-steps 4")
    sheets = 2 if os.path.exists(f"{BUILD}/tools/python/rodprep/__init__.py") else 1  # the contact sheet, and a batch read in Python
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    check_file(notebook)
    if importlib.util.find_spec("tensorboard"):
        notebook.cells.append(nbformat.v4.new_code_cell(ASKS_TENSORBOARD, id="asks-tensorboard"))

    first, pictures, framed = run(notebook)
    assert "Mounted at" in first["settings"]
    assert " built in " in first["install"], "the first session builds"
    assert "What that means" in first["machine"]
    assert ": complete" in first["cache"], first["cache"]
    assert pictures == sheets, "the contact sheet and a batch are shown"
    assert framed, "the report is shown"
    assert "are all there" in first["finish"] and "safe to close" in first["finish"] and "TensorBoard" in first["finish"]
    assert (drive / "rod/shards/dataset.json").exists()
    checkpoints = glob.glob(str(drive / "rod/runs/rr/checkpoints/step-*4.safetensors"))
    assert checkpoints, "trained to the end"
    assert first.get("asks-tensorboard", "[200]\n") == "[200]\n", "TensorBoard does not answer"

    empty_machine(work)
    for stored in (drive / "rod/builds").iterdir():
        stored.chmod(0o600)  # as a drive that keeps no execute bits
    (work / "rod-source.part/tools").mkdir(parents=True)  # and a copy that was interrupted
    os.environ["ROD_TRAIN"] = os.environ["ROD_TRAIN"].replace("--max-steps 4", "--max-steps 6")
    second, pictures, framed = run(nbformat.read(NOTEBOOK, as_version=4))
    assert "restored from" in second["install"], second["install"]
    assert "already complete" in second["cache"], second["cache"]
    assert pictures == sheets and framed
    assert glob.glob(str(drive / "rod/runs/rr/checkpoints/step-*6.safetensors")), "the run went on"

    # A runtime without a GPU has no rodtrain; the shards lie where they do by default; the drive has no run yet.
    empty_machine(work)
    del os.environ["ROD_SHARDS"]
    (work / "bin").mkdir()
    (work / "bin/rodprep").symlink_to(f"{FOLDER}/installed/bin/rodprep")
    os.environ.update(
        PATH=os.environ["PATH"].replace(f"{FOLDER}/installed/bin", f"{work}/bin"), ROD_RUN=f"{FOLDER}/mount/MyDrive/rod/runs/none",
        ROD_SETUP=os.environ["ROD_SETUP"].replace("--trainer yes", "--trainer no"))
    third, pictures, framed = run(nbformat.read(NOTEBOOK, as_version=4))
    assert (work / "shards/dataset.json").exists() and pictures == sheets
    assert "rodtrain is not installed" in third["train"]
    assert not framed and "yet" in third["report"], third["report"]
    assert "Not there: a checkpoint" in third["finish"] and "the report" in third["finish"], third["finish"]

    # What is missing ends the run with a sentence.
    empty_machine(work)
    (drive / "rod-source/tools/colab_setup.sh").write_text("echo 'error: nothing to build with'; exit 1\n")
    stops_with("rodprep is not on the PATH")
    os.environ["ROD_REPOSITORY"] = f"{FOLDER}/mount/MyDrive/elsewhere"
    stops_with("elsewhere is no copy of this repository", "REPOSITORY")
    os.environ["ROD_ARCHIVE"] += ".gz"
    stops_with("There is no", "demo.tar.gz", "ARCHIVE")


try:
    main()
finally:
    stop_tensorboard()
