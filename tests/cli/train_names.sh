# eval, export and --resume match classes by their names, not by their numbers.
. "$(dirname "$0")/small_run"
says() { grep -q -- "$1" messages || { cat messages; fail "the message lacks '$1'"; }; }
tar -xf demo.tar
# data_of NAME [FROM=TO…]: a data set of the classes of synROD, of which those named have another
# name; FROM= leaves one out.
data_of() {
  local name="$1" class change to; shift
  for class in apple ball banana; do
    to="$class"
    for change in "$@"; do [ "${change%%=*}" != "$class" ] || to="${change#*=}"; done
    [ -n "$to" ] || continue
    for kind in rgb depth; do
      mkdir -p "$name-images/test/$to/$kind"
      cp ROD-synROD/synROD/"$class"/$kind/* "$name-images/test/$to/$kind"
    done
  done
  "$RODPREP" cache "$name-images" "$name" --size 32 --layout folders --quiet > /dev/null
}
# accuracies DATA …: a line for each class with its accuracy.
accuracies() { "$RODTRAIN" eval run/best.safetensors --data "$1" --split test --device cpu \
  "${@:2}" 2> messages > output; grep '%  of' output; }
classes="$(ls ROD-synROD/synROD | grep -v txt)"
[ "$(echo $classes)" = "apple ball banana" ] || fail "the archive has other classes: $classes"

small_run --logdir run --epochs 2
data_of same
accuracies same > expected
[ "$(wc -l < expected)" = 3 ] || fail "three classes expected: $(cat expected)"

# A subset, whose first class is the network's second.
data_of subset apple=
accuracies subset > found
grep -v apple expected | diff - found || fail "a subset has other accuracies"

# A class that the network does not know, before all others.
data_of unknown ball=aardvark
expect 3 "$RODTRAIN" eval run/best.safetensors --data unknown --split test --device cpu
says "has not learned 'aardvark'"
says --allow-unknown
accuracies unknown --allow-unknown > found
grep -v ball expected | diff - found || fail "the other classes have other accuracies"
grep -q "are not scored" output || fail "it does not say how many pairs are left out"
"$RODTRAIN" eval run/best.safetensors --data unknown --split test --device cpu --allow-unknown \
  --json > eval.json
grep -q '"not_scored": [1-9]' eval.json && grep -q '"banana"' eval.json ||
  { cat eval.json; fail "not in the JSON"; }
data_of strangers apple=a ball=b banana=c
expect 3 "$RODTRAIN" eval run/best.safetensors --data strangers --split test --device cpu \
  --allow-unknown
# A resumed run needs all of its classes.
mkdir renamed-images
for split in synROD-train synROD-test ROD; do cp -r unknown-images/test \
  "renamed-images/$split"; done
"$RODPREP" cache renamed-images renamed --size 32 --layout folders --structure split/class --quiet \
  > /dev/null
expect 3 "$RODTRAIN" ${small_options/--data data/--data renamed} --logdir run --resume --epochs 3 \
  --allow-changed
says "has not learned 'aardvark' and has learned 'ball'"

# Exports say what the outputs mean.
"$RODTRAIN" export run/best.safetensors model.safetensors --quiet
grep -qa 'class_names.*apple.*ball.*banana' model.safetensors || fail "no class names in the export"
"$RODTRAIN" export run/best.safetensors model.pth --quiet
[ "$(tr -d ' \n' < model.classes.json)" = '["apple","ball","banana"]' ] ||
  fail "no class names beside model.pth"

# Checkpoints of before names were kept: the data set's are taken, with a warning, where there are
# as many; an image needs them.
"${ROD_TEST_PYTHON:-python3}" -c 'import xxhash' 2> /dev/null ||
  { echo "old checkpoints not tried, as Python's xxhash is not installed"; exit 0; }
"${ROD_TEST_PYTHON:-python3}" - run/best.safetensors run/checkpoints/step-*.safetensors <<'PYTHON'
import json, sys, xxhash
for path in sys.argv[1:]:
    data = open(path, "rb").read()
    size = int.from_bytes(data[:8], "little")
    head = json.loads(data[8:8 + size])
    metadata = head["__metadata__"]
    del metadata["class_names"], metadata["seal"]
    sealed = "".join(f"{key}={metadata[key]}\n" for key in sorted(metadata))
metadata["seal"] = xxhash.xxh3_128_hexdigest(sealed.encode())
    text = json.dumps(head, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    open(path, "wb").write(len(text).to_bytes(8, "little") + text + data[8 + size:])
PYTHON
accuracies same > found
diff expected found || fail "an old checkpoint has other accuracies"
says 'warning: run/best.safetensors: has no class names.*taken to be those of same'
expect 3 "$RODTRAIN" eval run/best.safetensors --data subset --split test --device cpu
says 'was trained for 3 classes, but subset has 2'
expect 0 "$RODTRAIN" predict run/best.safetensors same --split test --device cpu
says 'warning: run/best.safetensors: has no class names'
PATH="$(dirname "$RODPREP"):$PATH" expect 3 "$RODTRAIN" predict run/best.safetensors \
  same-images/test/apple --device cpu
says 'give the data set that it was trained on as SOURCE'
expect 0 "$RODTRAIN" ${small_options% --quiet} --logdir run --resume --epochs 3
says 'warning: .*has no class names'
