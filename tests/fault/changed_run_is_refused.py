"""--resume on changed options, architecture or data: refused with the difference; --allow-changed
lets pass what is safe.
"""

import os
import shutil

from faults import LONG, RODPREP, counted, fail, run
from training import SMALL, command, says, small_run

# What --allow-changed can't let pass.
FIXED = {
    "--target",
    "--method",
    "--modality",
    "--arch",
    "--seed",
    "--order",
    "--window",
    "--batch-size",
    "--image-size",
    "--sync-bn",
}
refused = 0


def resume(*options):
    """Options come once each: those given here replace the small ones."""
    line = command("--logdir", "run", "--epochs", 100, "--resume", *options)
    for option in SMALL:
        if option in options:
            at = line.index(option)
            del line[at:at + 2]
    return line


def checkpoints():
    return sorted(
        (file.name, file.stat().st_size, file.stat().st_mtime_ns)
        for file in os.scandir("run/checkpoints")
    )


def refuse(code, pattern, *options):
    global refused
    before = checkpoints()
    text = run(resume("--max-steps", 4, *options), code=code)[1]
    says(pattern, text)
    if checkpoints() != before:
        fail("a refused run changed the checkpoints")
    refused += 1
    return text


def change(option, *values, of_run=()):
    """The run with each value instead is refused with both; short, with the first alone."""
    for value in values if LONG else values[:1]:
        words = [word for word in (option, value) if word]
        text = refuse(2, rf"{option}: .* in the run so far, .*{value}[^ ]* now", *of_run, *words)
        if option not in FIXED:
            says("or resume anyway with --allow-changed", text)
        elif LONG or option == "--method":
            refuse(2, "can't help", *of_run, *words, "--allow-changed")


def make_data(archive, *options):
    run([RODPREP, "synth", archive, "--pairs", "60", "--size", "32", "--quiet", *options], code=0)
    run([RODPREP, "cache", archive, "data", "--size", "32", "--quiet"], code=0)


small_run("--logdir", "run", "--max-steps", 3, "--epochs", 100)
change("--target", "synROD-test")
change("--method", "source-only", "rotation", "dann", "mmd", "afn")
change("--arch", "resnet10", "resnet18")
change("--seed", "2", "3")
change("--order", "window", "sequential")
change("--window", "3", "4")
change("--batch-size", "5", "3")
change("--image-size", "28", "32")
change("--sync-bn", "")
change("--pretrained", "run/best.safetensors")
change("--amp", "bf16")
for option in (
    "--lr",
    "--lr-mult",
    "--weight-decay",
    "--dropout-p",
    "--rot-dropout-p",
    "--weight-rot",
    "--weight-ent",
    "--weight-adapt",
    "--ramp-epochs",
):
    change(option, "0.7", "0.3")
os.rename("run", "with-rotations")
small_run("--logdir", "run", "--max-steps", 3, "--epochs", 100, "--method", "source-only")
change("--modality", "rgb", "depth", of_run=("--method", "source-only"))
shutil.rmtree("run")
os.rename("with-rotations", "run")

os.rename("data", "data.kept")
make_data("other.tar", "--classes", "3", "--seed", "9")
refuse(3, "data set")
says("allow-changed", run(resume("--max-steps", 4, "--allow-changed"), code=0)[1])
shutil.rmtree("data")
make_data("four.tar", "--classes", "4")
refuse(3, "classes", "--allow-changed")
shutil.rmtree("data")
os.rename("data.kept", "data")
says(
    "weight-rot", run(resume("--max-steps", 5, "--weight-rot", "0.5", "--allow-changed"), code=0)[1]
)
counted(
    f"{refused} changed runs refused with the difference, 2 safe changes let pass by"
    " --allow-changed"
)
