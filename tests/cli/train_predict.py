"""predict says of a data set's split what eval counts, and of the same images as files the same."""

import collections
import csv
import json
import os
import pathlib
import re
import shutil
import subprocess

from training import RODPREP, RODTRAIN, check, run, says, small_run

TRAINED = "run/best.safetensors"


def predict(*words, code=0, quiet=True):
    return run(
        RODTRAIN,
        "predict",
        TRAINED,
        *words,
        "--device",
        "cpu",
        *(["--quiet"] if quiet else []),
        code=code,
    )


def by_name(lines, ending):
    """Predictions by the image's file name without `ending`."""
    found = {}
    for line in map(json.loads, lines):
        found[os.path.basename(line.pop("file")).removesuffix(ending)] = line
    return found


small_run("--logdir", "run", "--epochs", 2)
of_split = predict("data", "--split", "ROD", "--json").splitlines()
rod = json.loads(
    run(RODTRAIN, "eval", TRAINED, "--data", "data", "--split", "ROD", "--device", "cpu", "--json")
)["ROD"]
lines = [json.loads(line) for line in of_split]
check(len(lines) == rod["samples"], f"{len(lines)} lines for {rod['samples']} samples")
answers = collections.Counter(line["class"] for line in lines)
counted = [sum(row[n] for row in rod["confusion"]) for n in range(3)]
check(
    [answers[name] for name in rod["classes"]] == counted, f"{answers}, and eval counts {counted}"
)
right = sum(line["file"].split("/")[0] == line["class"] for line in lines)
check(
    abs(right / len(lines) - rod["accuracy"]) < 1e-12,
    f"{right} are right, and eval says {rod['accuracy']}",
)
for line in lines:
    probabilities = [guess["probability"] for guess in line["top"]]
    check(
        abs(sum(probabilities) - 1) < 1e-9 and sorted(probabilities, reverse=True) == probabilities,
        line,
    )
    check(
        line["class"] == line["top"][0]["class"] and line["probability"] == probabilities[0], line
    )

# The same pairs as files, which rodprep decodes: beside it, on PATH.
subprocess.run(["tar", "xf", "demo.tar"], check=True)
os.environ["PATH"] = f"{os.path.dirname(RODPREP)}:{os.environ['PATH']}"
os.mkdir("photos")
folder = pathlib.Path("ROD-synROD/ROD")
for rgb in sorted(folder.glob("rgb-washington/*/*/*_crop.png")):
    name = rgb.name.removesuffix("_crop.png")
    depth, = folder.glob(f"surfnorm-washington/**/{name}_*")
    shutil.copy(rgb, f"photos/{name}_rgb.png")
    shutil.copy(depth, f"photos/{name}_depth.png")
of_files = sorted(predict("photos", "--size", 32, "--json").splitlines())
patterns = ("--rgb-pattern", "*_rgb.png", "--depth-pattern", "*_depth.png")
check(
    sorted(predict("photos", "--size", 32, *patterns, "--json").splitlines()) == of_files,
    "patterns change the answers",
)
check(
    by_name(of_split, "_***.png") == by_name(of_files, "_rgb.png"),
    "files get other answers than the split",
)

# Single files, a name that CSV must quote, and a table.
first = min(map(str, pathlib.Path("photos").glob("*_rgb.png")))
first_depth = first.replace("_rgb.png", "_depth.png")
odd, odd_depth = 'photos/a "b", c_rgb.png', 'photos/a "b", c_depth.png'
shutil.copy(first, odd)
shutil.copy(first_depth, odd_depth)
# not a pair: two folders
predict(odd, os.path.abspath(odd_depth), "--size", 32, "--output", "one.csv", code=3)
predict(odd, odd_depth, first, first_depth, "--size", 32, "--output", "out/some.csv")
with open("out/some.csv", newline="", encoding="utf-8") as file:
    rows = list(csv.DictReader(file))
check(len(rows) == 2 and odd in [row["file"] for row in rows], rows)
check(
    rows[0]["class"] == rows[1]["class"] and rows[0]["probability"] == rows[1]["probability"], rows
)
check(list(rows[0])[:5] == ["file", "class", "probability", "class_2", "probability_2"], rows)
check(rows[0]["class_4"] == "" and float(rows[0]["probability_3"]) >= 0, rows)
text = predict(first, first_depth, "--size", 32)
check(re.search(f"^{re.escape(first)} .*%, .*%, .*%$", text, re.M), f"no text: {text}")

# What is refused, and says what to do.
predict("data", code=2)
says("ROD, synROD-test, synROD-train; choose one with --split")
predict("data", "--split", "ROD", "--output", "rod.txt", code=2)
predict("photos", "--split", "ROD", code=2)
predict("photos", "--depth-pattern", "*_depth.png", code=3)
says("no depth image has an RGB image beside it")
predict("nowhere", code=3)
predict(first, code=3)
says("no image has a depth image beside it")
pathlib.Path("photos/bad_rgb.png").write_text("junk\n")
shutil.copy(first_depth, "photos/bad_depth.png")
predict("photos", "--size", 32, code=3)
says("photos/bad_rgb.png: none of the known formats")
predict("photos", "--size", 32, "--on-error", "skip", "--output", "rest.jsonl", quiet=False)
says("photos/bad_rgb.png: left out: none of the known formats")
check("bad_rgb" not in pathlib.Path("rest.jsonl").read_text(), "a bad file was classified")
left = [str(path) for path in pathlib.Path(".").glob("rod-*/*")]
check(left == [], f"decoded images are left in TMPDIR: {left}")
shutil.copy(RODTRAIN, "alone")
run("./alone", "predict", TRAINED, "photos", "--device", "cpu", code=1, PATH="/nowhere")
says("rodprep, which decodes images for rodtrain, is neither beside it nor on PATH")
