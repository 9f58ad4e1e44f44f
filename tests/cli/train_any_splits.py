"""Any data set trains: its splits and what its images are need no options where there is one
choice.
"""

import os
import pathlib
import shutil
import subprocess

from training import RODPREP, RODTRAIN, check, has_config, run, says, small, small_run, weights


def make_data(name, splits, kinds, *options):
    """A data set of synROD's images of three classes, the same ones in each of its splits."""
    for split in splits:
        for label in ("apple", "ball", "banana"):
            for kind in kinds:
                shutil.copytree(
                    f"ROD-synROD/synROD/{label}/{kind}", f"{name}-images/{split}/{label}/{kind}"
                )
    run(
        RODPREP,
        "cache",
        f"{name}-images",
        name,
        "--size",
        32,
        "--layout",
        "folders",
        "--quiet",
        *options,
    )


def go(data, folder, *options, steps=2, code=0):
    small_run("--logdir", folder, "--max-steps", steps, *options, data=data, code=code)


def evaluated_on(folder, split):
    return f'"accuracy.{split}"' in pathlib.Path(folder, "metrics.jsonl").read_text(
        encoding="utf-8"
    )


subprocess.run(["tar", "-xf", "demo.tar"], check=True)

# One train and one test split.
make_data("two", ("train", "test"), ("rgb", "depth"))
go("two", "adapts")
check(
    has_config("adapts", "source", "train") and has_config("adapts", "target", "test"),
    "other splits were taken",
)
check(evaluated_on("adapts", "test"), "not evaluated on test")
go("two", "again", "--config", "adapts/config.toml")
check(weights("again") == weights("adapts"), "config.toml did not repeat the run")
go("two", "alone", "--method", "source-only")
check(
    not evaluated_on("alone", "train") and evaluated_on("alone", "test"),
    "source-only is not evaluated on test alone",
)
check(
    os.path.isfile("alone/best.safetensors") and os.path.isfile("alone/report.html"),
    "no best network or no report",
)
answer = run(RODTRAIN, "eval", "alone/best.safetensors", "--data", "two", "--device", "cpu")
check(any(line.startswith("test: ") for line in answer.splitlines()), "eval takes other splits")
go("two", "alone", "--method", "source-only", "--resume", steps=3)
run(RODTRAIN, "bench", *small("--seconds", 0.1, "--method", "source-only", data="two"))

# RGB alone, three splits.
make_data("rgb", ("train", "val", "extra"), ("rgb",))
go("rgb", "rgb-run")
check(has_config("rgb-run", "modality", "rgb"), "not trained on RGB alone")
check(has_config("rgb-run", "method", "rotation"), "another method")
check(has_config("rgb-run", "target", "extra"), "the split that is left was not taken")
go("rgb", "rgb-alone", "--method", "source-only")
go("rgb", "bad", "--modality", "rgbd", code=3)
says("no depth")
go("rgb", "bad", "--source", "photos", code=3)
says("extra, train, val", "--source")
go("rgb", "bad", "--target", "photos", code=3)
says("extra, train, val", "--target")

# Depth alone.
make_data("depth", ("train", "test"), ("depth",), "--depth-pattern", "*")
go("depth", "depth-run")
for option, value in (("modality", "depth"), ("method", "rotation"), ("target", "test")):
    check(has_config("depth-run", option, value), f"{option} is not {value}")
best = "depth-run/best.safetensors"
answer = run(RODTRAIN, "eval", best, "--data", "depth", "--device", "cpu")
check(any(line.startswith("test: ") for line in answer.splitlines()), "eval of depth alone")
answer = run(RODTRAIN, "predict", best, "depth", "--split", "test", "--device", "cpu", "-q")
check("%" in answer, "predict of depth alone")
go("two", "depth-of-two", "--modality", "depth")
same = weights("depth-of-two") == weights("depth-run")
check(same, "depth alone trains otherwise than the depth of pairs")
go("depth", "bad", "--modality", "rgb", code=3)
says("no RGB images")

# Nothing to choose by.
make_data("free", "abc", ("rgb",), "--structure", "split/class")
go("free", "bad", code=2)
says("give --source", "a, b, c")
go("free", "bad", "--source", "a", code=2)
says("give --target")
go("free", "free-run", "--source", "a", "--target", "c")
go("free", "bad", "--source", "a", "--method", "source-only", code=2)
says("nothing to evaluate on")
check(not os.path.exists("bad"), "a refused run left a folder")

# The aliases that other programs have.
small_run(
    "-b", 4, "--logdir", "aliases", "--max-steps", 1, "--wd", 0.05, "--workers", 2, batch_size=None
)
check(has_config("aliases", "batch-size", 4), "-b is not --batch-size")
