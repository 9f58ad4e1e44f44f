# predict says of a data set's split what eval counts, and of the same images as files the same.
. "$(dirname "$0")/small_run"
small_run --logdir run --epochs 2
predict() { "$RODTRAIN" predict run/best.safetensors "$@" --device cpu --quiet; }

predict data --split ROD --json > rod.jsonl
"$RODTRAIN" eval run/best.safetensors --data data --split ROD --device cpu --json > eval.json
python3 - <<'PYTHON'
import collections, json
lines = [json.loads(line) for line in open("rod.jsonl")]
rod = json.load(open("eval.json"))["ROD"]
classes = rod["classes"]
assert len(lines) == rod["samples"], (len(lines), rod["samples"])
answers = collections.Counter(line["class"] for line in lines)
assert [answers[name] for name in classes] == [sum(row[n] for row in rod["confusion"]) for n in range(3)], answers
right = sum(line["file"].split("/")[0] == line["class"] for line in lines)
assert abs(right / len(lines) - rod["accuracy"]) < 1e-12, (right, rod["accuracy"])
for line in lines:
    probabilities = [guess["probability"] for guess in line["top"]]
    assert abs(sum(probabilities) - 1) < 1e-9 and sorted(probabilities, reverse=True) == probabilities, line
    assert line["class"] == line["top"][0]["class"] and line["probability"] == probabilities[0], line
PYTHON

# The same pairs as files, which rodprep decodes: beside it, on PATH.
tar xf demo.tar
export PATH="$(dirname "$RODPREP"):$PATH"
cd ROD-synROD/ROD
mkdir ../../photos
for rgb in rgb-washington/*/*/*_crop.png; do
  name="$(basename "$rgb" _crop.png)"
  depth="$(find surfnorm-washington -name "${name}_*")"
  cp "$rgb" "../../photos/${name}_rgb.png"; cp "$depth" "../../photos/${name}_depth.png"
done
cd ../..
predict photos --size 32 --json | sort > photos.jsonl
predict photos --size 32 --rgb-pattern '*_rgb.png' --depth-pattern '*_depth.png' --json | sort | cmp - photos.jsonl
python3 - <<'PYTHON'
import json, os
def by_name(path, ending):
    return {os.path.basename(line.pop("file")).removesuffix(ending): line for line in map(json.loads, open(path))}
rod, photos = by_name("rod.jsonl", "_***.png"), by_name("photos.jsonl", "_rgb.png")
assert rod == photos, (len(rod), len(photos))
PYTHON

# Single files, a name that CSV must quote, and a table.
first="$(ls photos/*_rgb.png | head -n 1)"
cp "$first" 'photos/a "b", c_rgb.png'; cp "${first%_rgb.png}_depth.png" 'photos/a "b", c_depth.png'
predict 'photos/a "b", c_rgb.png' "$PWD/photos/a \"b\", c_depth.png" --size 32 --output one.csv 2> messages && fail "a pair of two folders"
predict 'photos/a "b", c_rgb.png' 'photos/a "b", c_depth.png' "$first" "${first%_rgb.png}_depth.png" --size 32 --output out/some.csv
python3 - <<'PYTHON'
import csv
rows = list(csv.DictReader(open("out/some.csv", newline="")))
assert len(rows) == 2 and 'photos/a "b", c_rgb.png' in [row["file"] for row in rows], rows
assert rows[0]["class"] == rows[1]["class"] and rows[0]["probability"] == rows[1]["probability"], rows
assert list(rows[0])[:5] == ["file", "class", "probability", "class_2", "probability_2"], rows
assert rows[0]["class_4"] == "" and float(rows[0]["probability_3"]) >= 0, rows
PYTHON
predict "$first" "${first%_rgb.png}_depth.png" --size 32 | grep -q "^$first .*%, .*%, .*%$" || fail "no text"

# What is refused, and says what to do.
expect 2 predict data
grep -q 'ROD, synROD-test, synROD-train; choose one with --split' messages || fail "splits are not listed"
expect 2 predict data --split ROD --output rod.txt
expect 2 predict photos --split ROD
expect 3 predict photos --depth-pattern '*_depth.png'
grep -q 'no depth image has an RGB image beside it' messages || { cat messages; fail "the lack of RGB is not told"; }
expect 3 predict nowhere
expect 3 predict "$first"
grep -q 'no image has a depth image beside it' messages || { cat messages; fail "the lack of depth is not told"; }
echo junk > photos/bad_rgb.png; cp "${first%_rgb.png}_depth.png" photos/bad_depth.png
expect 3 predict photos --size 32
grep -q 'photos/bad_rgb.png: none of the known formats' messages || { cat messages; fail "the bad file is not named"; }
"$RODTRAIN" predict run/best.safetensors photos --size 32 --device cpu --on-error skip --output rest.jsonl 2> messages
grep -q 'photos/bad_rgb.png: left out: none of the known formats' messages || { cat messages; fail "the skipped file is not named"; }
! grep -q bad_rgb rest.jsonl || fail "a bad file was classified"
[ -z "$(ls rod-*/ 2> /dev/null)" ] || fail "decoded images are left in TMPDIR: $(ls rod-*/)"
cp "$RODTRAIN" alone 2> /dev/null
PATH=/nowhere expect 1 ./alone predict run/best.safetensors photos --device cpu
grep -q 'rodprep, which decodes images for rodtrain, is neither beside it nor on PATH' messages || { cat messages; fail "rodprep is not asked for"; }
