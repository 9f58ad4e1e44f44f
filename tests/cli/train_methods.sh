# Every method trains on a small synth archive, is evaluated, and says what does not go together.
. "$(dirname "$0")/small_run"
says() { grep -q -- "$1" messages || { cat messages; fail "the message lacks '$1'"; }; }

for method in source-only rr rotation rr-regression rr-regression-tanh dann mmd afn afn-hard; do
  small_run --logdir "$method" --method "$method" --max-steps 3 --trace 1 --dropout-p 0 \
    --rot-dropout-p 0
  "$RODTRAIN" eval "$method/best.safetensors" --data data --device cpu --split ROD --json > \
    eval.json
  grep -q '"confusion"' eval.json || fail "$method: no confusion matrix"
done
grep -q '"confusion.ROD":\[\[' rr/metrics.jsonl || fail "no confusion matrix in the metrics"
head -n 1 dann/metrics.csv | grep -q loss.domain || fail "dann's loss has no column"

for modality in rgb depth; do
  small_run --logdir "$modality" --method source-only --modality $modality --max-steps 2
  "$RODTRAIN" eval $modality/best.safetensors --data data --device cpu --split ROD |
    grep -q 'ROD: ' || fail "no table"
done

expect 2 small_run --logdir bad --modality rgb --method rr
says '--modality rgbd'
expect 2 small_run --logdir bad --modality lidar
expect 2 small_run --logdir bad --amp fp16
says 'needs a GPU'
expect 2 small_run --logdir bad --gpu 9
expect 2 "$RODTRAIN" --data data --logdir bad --device cuda:9
says 'device'
expect 2 "$RODTRAIN" --data data --logdir bad --device cpu --batch-size 1
expect 3 small_run --logdir bad --smallset
says 'rodprep cache --smallset'
expect 1 "$RODTRAIN" ${small_options/--lr 0.01/--lr 1e30} --logdir diverged
says 'in step'
says '/\*\*\*/'
[ ! -e bad ] || fail "a refused run left a folder"

# The course's check: no weight decay, and the loss of a guess beside the first ones.
"$RODTRAIN" --data data --logdir sane --arch resnet10-slim --image-size 24 --batch-size 4 --device \
  cpu --max-steps 10 \
  --sanitycheck 2> messages
says 'on 3 classes; guessing has 1.0986'
"$RODTRAIN" ${small_options/--batch-size 4/--batch-size auto} --logdir auto --max-steps 1
grep -q '^batch-size=[1-9]' auto/config.toml ||
  { grep batch auto/config.toml; echo \
  "config.toml does not say what --batch-size auto came to"; exit 1; }

# What the network saw and did is what PyTorch and Pillow make of the same samples.
[ -n "${ROD_TEST_PYTHON:-}" ] || exit 0
"$RODPREP" cache demo.tar raw --size 32 --codec raw --quiet
for method in rr-regression rotation; do
  "$RODTRAIN" --data raw --logdir "raw-$method" --method $method --arch resnet10-slim --image-size \
    24 --batch-size 4 \
    --device cpu --max-steps 2 --trace 2 --dropout-p 0 --rot-dropout-p 0 --quiet
  "$ROD_TEST_PYTHON" "$ROD_SOURCE/tests/parity/check_trace.py" "raw-$method/trace" --data raw
done
