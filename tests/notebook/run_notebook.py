"""Runs every cell of the Colab notebook for real, as "Run all" would, on a rendered archive: twice,
as after a disconnect; with ready-made packages, all from addresses, without a drive or a GPU; and
with something missing.

run_notebook.py NOTEBOOK SOURCE BUILD FOLDER: the build folder has both programs; FOLDER is empty
and stays. ROD_WHEELS names a folder of wheels made by tools/package/wheels.sh, among them one for
this Python's torch: they are then the ready-made packages, and train. Exit code 77 (skipped): this
Python has no nbclient or ipykernel.
"""
import glob
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.parse

try:
    import ipykernel  # noqa: F401
    import nbclient
    import nbformat
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

NOTEBOOK, SOURCE, BUILD, FOLDER = (os.path.abspath(argument) for argument in sys.argv[1:5])
MOST_LINES = 80  # of one cell's output: no flood
SMALL = "--arch resnet10-slim --image-size 24 --batch-size 4 --lr 0.01 --device cpu"
ASKS_TENSORBOARD = """import urllib.request
from tensorboard import manager
print([urllib.request.urlopen(f"http://localhost:{server.port}/data/environment").status for server in manager.get_all() if server.logdir == RUN])"""


def check_file(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert (
                cell.outputs == [] and cell.execution_count is None
            ), f"cell {cell.id} has stored output"
        elif cell.source.startswith("#"):
            heading = cell.source.splitlines()[0]
            assert re.search("[\u4e00-\u9fff]", heading) and re.search(
                "[A-Za-z]", heading
            ), f"not in both languages: {heading}"


def text_of(cell):
    return "".join(
        output.get("text", "") for output in cell.outputs if output.output_type == "stream"
    )


def run(notebook):
    """Executes all cells; {cell id: printed text}, the number of pictures, and whether the report
    is shown in a frame of its own.
    """
    nbclient.NotebookClient(
        notebook, timeout=500, kernel_name="python3", resources={"metadata": {"path": FOLDER}}
    ).execute()
    texts, pictures, framed = {}, 0, False
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        text = texts[cell.id] = text_of(cell)
        lines = len(text.replace("\r\n", "\n").splitlines())
        assert lines <= MOST_LINES, f"{cell.id} prints {lines} lines"
        assert "\x1b[" not in text, f"{cell.id} moves the cursor or colours"
        pictures += sum("image/png" in output.get("data", {}) for output in cell.outputs)
        pages = [
            output.data["text/html"]
            for output in cell.outputs
            if "text/html" in output.get("data", {})
        ]
        framed = (
            framed
            or cell.id == "report"
            and len(pages) == 1
            and "<iframe srcdoc=" in pages[0]
            and "<style" not in pages[0]
        )
        print(f"---- {cell.id}\n{text}")
    return texts, pictures, framed


def stops_with(*expected):
    """Executes all cells, one of which ends the run with a message that has these words."""
    try:
        run(nbformat.read(NOTEBOOK, as_version=4))
    except nbclient.exceptions.CellExecutionError as error:
        assert error.ename == "SystemExit" and all(
            words in error.evalue for words in expected
        ), error
    else:
        raise AssertionError(f"nothing says: {expected}")


def stop_tensorboard():
    """Ends the server that the notebook's own TensorBoard cell started, where it outlives the
    kernel.
    """
    try:
        from tensorboard import manager
    except ImportError:
        return
    for server in manager.get_all():
        if server.logdir.startswith(FOLDER):
            os.kill(server.pid, signal.SIGTERM)


def serve(folder):
    """A web server of the files in FOLDER, and its port."""
    port = pathlib.Path(FOLDER, "port")
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cli/weights_server.py")
    server = subprocess.Popen(
        [sys.executable, script, folder, port, os.path.join(FOLDER, "requests"), "0"]
    )
    while not port.exists():
        assert server.poll() is None
        time.sleep(0.05)
    return server, port.read_text()


def published_weights(folder, archive):
    """A backbone that a run of one step has learned, its hash in its name; the name."""
    shards, run, file = (
        f"{FOLDER}/other-shards",
        f"{FOLDER}/other-run",
        pathlib.Path(folder, "backbone.pth"),
    )
    rodtrain = os.path.join(BUILD, "trainer/rodtrain")
    subprocess.run(
        [os.path.join(BUILD, "tools/rodprep"), "cache", archive, shards, "--size", "32", "-q"],
        check=True,
    )
    subprocess.run(
        [rodtrain, "--data", shards, "--logdir", run, "--max-steps", "1", "-q", *SMALL.split()],
        check=True,
    )
    subprocess.run(
        [
            rodtrain,
            "export",
            f"{run}/checkpoints/last.safetensors",
            file,
            "--module",
            "netG_rgb",
            "-q",
        ],
        check=True,
    )
    name = f"backbone-{hashlib.sha256(file.read_bytes()).hexdigest()[:8]}.pth"
    file.rename(file.with_name(name))
    return name


def ready_made(store):
    """Puts wheels into the store, of the programs that the first session has installed, where no
    others are named.
    """
    if "ROD_WHEELS" in os.environ:
        subprocess.run(["cp", *glob.glob(os.environ["ROD_WHEELS"] + "/*.whl"), store], check=True)
        return
    version = subprocess.run(
        [f"{FOLDER}/installed/bin/rodprep", "--version"], capture_output=True, text=True, check=True
    ).stdout.strip()
    torch = (
        ".".join(importlib.metadata.version("torch").split(".")[:2])
        if importlib.util.find_spec("torch")
        else "0"
    )
    package = (
        [f"{BUILD}/tools/python/rodprep"] if os.path.exists(f"{BUILD}/tools/python/rodprep") else []
    )
    subprocess.run(
        [
            sys.executable,
            f"{SOURCE}/tests/install/wheels_of_tree.py",
            f"{FOLDER}/installed",
            store,
            version,
            torch,
            *package,
        ],
        check=True,
    )


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
        subprocess.run(
            ["cp", "-r", "--parents", part, drive / "rod-source"], cwd=SOURCE, check=True
        )
    subprocess.run(
        [
            os.path.join(BUILD, "tools/rodprep"),
            "synth",
            drive / "demo.tar",
            "--pairs",
            "60",
            "--classes",
            "3",
            "--size",
            "32",
            "-q",
        ],
        check=True,
    )
    here = os.path.dirname(os.path.abspath(__file__))
    served = pathlib.Path(FOLDER, "served")
    served.mkdir()
    weights = published_weights(served, drive / "demo.tar")
    server, port = serve(served)
    processes.append(server)
    os.environ.update(
        STAND_IN_DRIVE=str(drive),
        PYTHONPATH=f"{here}:{BUILD}/tools/python",
        OMP_NUM_THREADS="1",
        IPYTHONDIR=str(work / "ipython"),
        TMPDIR=FOLDER,
        PATH=f"{FOLDER}/installed/bin:{os.path.dirname(sys.executable)}:{os.environ['PATH']}",
        no_proxy="127.0.0.1",
        # where Colab tells from which page a notebook comes
        COLAB_JUPYTER_IP="127.0.0.1",
        KMP_TARGET_PORT=port,
        ROD_MOUNT=f"{FOLDER}/mount",
        ROD_ARCHIVE="demo.tar",
        ROD_WORK=str(work),
        ROD_SHARDS="rod/shards",
        ROD_SETUP=f'--trainer yes --prefix "{FOLDER}/installed" --from-build "{BUILD}"',
        ROD_CACHE="--size 32",
        ROD_TRAIN_WITHOUT_GPU="True",
        ROD_PRETRAINED=f"http://127.0.0.1:{port}/{weights}",
        ROD_TRAIN=f"{SMALL} --max-steps 4",
    )
    # the contact sheet, and a batch read in Python
    sheets = 2 if os.path.exists(f"{BUILD}/tools/python/rodprep/__init__.py") else 1
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
    assert (
        "are all there" in first["finish"]
        and "safe to close" in first["finish"]
        and "TensorBoard" in first["finish"]
    )
    assert (drive / "rod/shards/dataset.json").exists()
    checkpoints = glob.glob(str(drive / "rod/runs/rr/checkpoints/step-*4.safetensors"))
    assert checkpoints, "trained to the end"
    assert (drive / "rod/weights" / weights).exists(), "the weights are not kept on the drive"
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

    # A runtime without a GPU or a drive: ready-made packages, the repository cloned from where
    # Colab opened the page, the archive at an address; the shards lie where they do by default.
    store = work / "rod/builds"
    real = "ROD_WHEELS" in os.environ
    made = pathlib.Path(FOLDER, "made")
    made.mkdir()
    ready_made(made)
    empty_machine(work)
    store.mkdir(parents=True)
    subprocess.run(["cp", "-r", f"{made}/.", store], check=True)
    pathlib.Path(work, "bin").mkdir()
    pathlib.Path(work, "bin/nvidia-smi").write_text("#!/bin/sh\nexit 1\n")
    pathlib.Path(work, "bin/nvidia-smi").chmod(0o755)
    (drive / "demo.tar").rename(served / "demo.tar")
    pathlib.Path(served, "sessions").write_text(
        json.dumps(
            [
                {
                    "path": (
                        "fileId="
                        + urllib.parse.quote("https://forge.invalid/rod/blob/main/rod.ipynb")
                    )
                }
            ]
        )
    )
    git = [
        "git",
        "-C",
        str(drive / "rod-source"),
        "-c",
        "user.name=test",
        "-c",
        "user.email=test@test.invalid",
    ]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "published"]):
        subprocess.run([*git, *command], check=True)
    del os.environ["ROD_SHARDS"], os.environ["ROD_PRETRAINED"]
    os.environ.update(
        ROD_USE_DRIVE="False",
        ROD_ARCHIVE=f"http://127.0.0.1:{port}/demo.tar",
        ROD_SETUP=f'--trainer yes --prefix "{FOLDER}/installed"',
        PATH=f"{work}/bin:{os.environ['PATH']}",
        PIP_TARGET=f"{work}/packages",
        PYTHONPATH=f"{here}:{work}/packages",
        GIT_CONFIG_COUNT="1",
        GIT_CONFIG_KEY_0=f"url.file://{drive}/rod-source.insteadOf",
        GIT_CONFIG_VALUE_0="https://forge.invalid/rod",
        ROD_TRAIN_WITHOUT_GPU=str(real),
        ROD_PRETRAINED="none",
    )
    third, pictures, framed = run(nbformat.read(NOTEBOOK, as_version=4))
    assert (work / "shards/dataset.json").exists() and pictures == sheets
    assert "unpacked from" in third["install"], third["install"]
    if real:
        assert framed and glob.glob(
            str(work / "rod/runs/rr/checkpoints/step-*6.safetensors")
        ), "the packages do not train"
    else:
        assert "has no GPU" in third["train"], third["train"]
        assert not framed and "yet" in third["report"], third["report"]
        assert (
            "Not there: a checkpoint" in third["finish"] and "the report" in third["finish"]
        ), third["finish"]
    assert "No drive was mounted" in third["finish"]

    # What is missing ends the run with a sentence.
    empty_machine(work)
    (served / "sessions").unlink()
    os.environ.update(ROD_USE_DRIVE="True", ROD_SETUP="--packages no")
    (drive / "rod-source/tools/colab_setup.sh").write_text(
        "echo 'error: nothing to build with'; exit 1\n"
    )
    stops_with("rodprep is not on the PATH")
    empty_machine(work)
    os.environ["ROD_REPOSITORY"] = f"file://{drive}/nothing"
    stops_with("git could not clone", "nothing", "REPOSITORY")
    os.environ["ROD_REPOSITORY"] = "elsewhere"
    stops_with("elsewhere is no copy of this repository", "REPOSITORY")
    os.environ["ROD_ARCHIVE"] = "demo.tar.gz"
    stops_with("There is no", "demo.tar.gz", "ARCHIVE")


processes = []
try:
    main()
finally:
    stop_tensorboard()
    for process in processes:
        process.terminate()
