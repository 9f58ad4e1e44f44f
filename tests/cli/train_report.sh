# report compares runs: means and spreads are those of their metrics, and runs with other options
# are not averaged.
. "$(dirname "$0")/small_run"
small_run --logdir plain --epochs 2 --method source-only
small_run --logdir rr-1 --epochs 2
small_run --logdir rr-2 --epochs 2 --seed 2
small_run --logdir rr-3 --epochs 1 --dropout-p 0.25
"$RODTRAIN" report plain rr-1 rr-2 rr-3 --json > report.json
python3 - <<'PYTHON'
import json, statistics
report = json.load(open("report.json"))
def last(run):
    rows = map(json.loads, open(f"{run}/metrics.jsonl"))
    return [row["accuracy.ROD"] for row in rows if "accuracy.ROD" in row][-1]
methods = {method["method"]: method for method in report["methods"]}
assert list(methods) == ["source-only", "rr", "rr --dropout-p 0.25"], list(methods)
two = [last("rr-1"), last("rr-2")]
assert abs(methods["rr"]["last"]["mean"] - statistics.mean(two)) < 1e-12, methods["rr"]
assert abs(methods["rr"]["last"]["deviation"] - statistics.stdev(two)) < 1e-12, methods["rr"]
assert methods["source-only"]["last"] == {"mean": last("plain")}, methods["source-only"]
assert methods["rr"]["best"]["mean"] >= methods["rr"]["best_unlabelled"]["mean"], methods["rr"]
assert [run["seed"] for run in report["runs"]] == [1, 1, 2, 1] and report["target"] == "ROD", report
PYTHON
grep -q 'before and after adaptation' comparison.html &&
  grep -q '<th>rr --dropout-p 0.25</th>' comparison.html || fail "no tables"
! grep -qi '<script\|http' comparison.html || fail "the page needs other files"
"$RODTRAIN" report rr-1 --output out/one.html | grep -q '^rr  *1 ' ||
  fail "no table on the terminal"
! grep -q 'before and after' out/one.html || fail "classes are compared with nothing"

# With the features of both domains: pictures of them, and how far apart they are.
! grep -q 't-SNE' comparison.html || fail "pictures of no features"
grep -c 'class="scatter"' rr-1/report.html | grep -qx 4 ||
  fail "the run's own report has no pictures of its features"
features() { "$RODTRAIN" eval "$1/best.safetensors" --data data --device cpu --quiet \
  --save-features "$1/features.safetensors" "${@:2}" > /dev/null; }
features plain; features rr-1; features rr-2
"$RODTRAIN" report plain rr-1 rr-2 --json > report.json
python3 - <<'PYTHON'
import json
methods = {method["method"]: method for method in json.load(open("report.json"))["methods"]}
assert 0 <= methods["source-only"]["proxy_a_distance"]["mean"] <= 2, methods
assert "deviation" in methods["rr"]["proxy_a_distance"], methods
PYTHON
[ "$(grep -c 'class="scatter"' comparison.html)" = 8 ] || fail "not four pictures for each method"
grep -q '<td>proxy A-distance</td>' comparison.html || fail "no distances"
cp comparison.html before.html; "$RODTRAIN" report plain rr-1 rr-2 --quiet > /dev/null; cmp \
  comparison.html before.html || fail "other bytes"
features rr-1 --split ROD
expect 3 "$RODTRAIN" report plain rr-1
grep -q 'rr-1/features.safetensors: has no tensor synROD-test.features; write it again' messages ||
  { cat messages; fail "the lack is not told"; }
echo junk > rr-1/features.safetensors
expect 3 "$RODTRAIN" report plain rr-1
grep -q 'rr-1/features.safetensors' messages || { cat messages; fail "the bad file is not named"; }
rm rr-1/features.safetensors

expect 2 "$RODTRAIN" report plain rr-1 ./rr-1
grep -q 'rr-1: is named twice' messages || { cat messages; fail "a run counts twice"; }

mkdir empty
for folder in empty nowhere data; do
  expect 3 "$RODTRAIN" report rr-1 "$folder"
  grep -q "$folder: holds no run" messages || { cat messages; fail "$folder is not named"; }
done
expect 2 "$RODTRAIN" report
