# best_unlabelled.safetensors is the epoch that --select prefers, whatever the target's labels say;
# a resumed run chooses the same.
. "$(dirname "$0")/small_run"
small_run --logdir run --epochs 4 --select snd --keep 9
small_run --logdir resumed --epochs 2 --select snd --keep 9
small_run --logdir resumed --epochs 4 --select snd --keep 9 --resume
for file in best.safetensors best_unlabelled.safetensors; do cmp run/$file resumed/$file; done
[ "$(metrics run)" = "$(metrics resumed)" ] || fail "metrics differ"
grep -q 'Choice of the epoch without labels' run/report.html ||
  fail "the report does not show the choice"

# The checkpoint chosen is that of the largest value in the metrics, and the values are those of the
# papers' formulas.
"$RODTRAIN" predict run/best_unlabelled.safetensors data --split ROD --device cpu -q --json > \
  chosen.jsonl
python3 - <<'PYTHON'
import json, struct
rows = [row for row in map(json.loads, open("run/metrics.jsonl")) if "criterion.snd" in row]
assert len(rows) == 4, rows
best = max(rows, key=lambda row: row["criterion.snd"])
data = open("run/best_unlabelled.safetensors", "rb").read()
head = json.loads(data[8:8 + struct.unpack("<Q", data[:8])[0]])["__metadata__"]
assert int(head["step"]) == best["step"], (head, best)
assert float(head["best_unlabelled"]) == best["criterion.snd"], (head, best)
json.dump(best, open("best.json", "w"))
PYTHON
if "${ROD_TEST_PYTHON:-python3}" -c 'import numpy' 2> /dev/null; then
  "${ROD_TEST_PYTHON:-python3}" - <<'PYTHON'
import json
import numpy as np
best = json.load(open("best.json"))
lines = [json.loads(line) for line in open("chosen.jsonl")]
names = sorted({guess["class"] for line in lines for guess in line["top"]})
tops = [{guess["class"]: guess["probability"] for guess in line["top"]} for line in lines]
p = np.array([[top[name] for name in names] for top in tops])
entropy = lambda q: -(q * np.log(np.maximum(q, 1e-300))).sum(-1)
direction = p / np.linalg.norm(p, axis=1, keepdims=True)
similarity = np.exp(direction @ direction.T / 0.05)
np.fill_diagonal(similarity, 0)
expected = {"im": entropy(p.mean(0)) - entropy(p).mean(), "bnm": np.linalg.norm(p, "nuc") / len(p),
            "snd": entropy(similarity / similarity.sum(1, keepdims=True)).mean()}
for name, value in expected.items():
    assert abs(best[f"criterion.{name}"] - value) < 1e-5, (name, best[f"criterion.{name}"], value)
try:
    import torch
    from pytorch_adapt.layers import BNMLoss, DiversityLoss, EntropyLoss
except ImportError as missing:
    print(f"skipped the comparison with pytorch-adapt: {missing}")
else:
    logits = torch.from_numpy(np.log(p))
    assert abs(-BNMLoss()(logits) - best["criterion.bnm"]) < 1e-5
    assert abs(-DiversityLoss()(logits) - EntropyLoss()(logits) - best["criterion.im"]) < 1e-5
PYTHON
fi

# Another criterion is another choice: it is refused, or begins anew.
expect 2 small_run --logdir run --epochs 4 --select im --resume
grep -q -- '--select: "snd" in the run so far, "im" now' messages ||
  { cat messages; fail "the option is not named"; }
small_run --logdir run --epochs 5 --select im --resume --allow-changed
expect 2 small_run --logdir other --select best
[ ! -e other ] || fail "a refused run has left a folder"
