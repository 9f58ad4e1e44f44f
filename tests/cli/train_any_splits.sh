# Any data set trains: its splits and what its images are need no options where there is one choice.
. "$(dirname "$0")/small_run"
says() { grep -q -- "$1" messages || { cat messages; fail "the message lacks '$1'"; }; }
tar -xf demo.tar
images() { # FOLDER SPLIT KIND…: a split of synROD's images
  local class kind
  for class in apple ball banana; do
    for kind in "${@:3}"; do
      mkdir -p "$1/$2/$class/$kind"
      cp ROD-synROD/synROD/$class/$kind/* "$1/$2/$class/$kind"
    done
  done
}
cache() { "$RODPREP" cache "$1-images" "$1" --size 32 --layout folders --quiet "${@:2}" > /dev/null; }
steps=2
go() { "$RODTRAIN" ${small_options#--data data} --max-steps $steps "$@"; }

# One train and one test split.
for split in train test; do images two-images $split rgb depth; done
cache two
go --data two --logdir adapts
grep -q '^source="*train"*$' adapts/config.toml && grep -q '^target="*test"*$' adapts/config.toml ||
  { cat adapts/config.toml; fail "other splits were taken"; }
grep -q '"accuracy.test"' adapts/metrics.jsonl || fail "not evaluated on test"
go --config adapts/config.toml --data two --logdir again
[ "$(weights again)" = "$(weights adapts)" ] || fail "config.toml did not repeat the run"
go --data two --logdir alone --method source-only
! grep -q '"accuracy.train"' alone/metrics.jsonl && grep -q '"accuracy.test"' alone/metrics.jsonl || fail "source-only"
[ -f alone/best.safetensors ] && [ -f alone/report.html ] || fail "no best network or no report"
"$RODTRAIN" eval alone/best.safetensors --data two --device cpu | grep -q '^test: ' || fail "eval takes other splits"
steps=3
go --data two --logdir alone --method source-only --resume
steps=2
"$RODTRAIN" bench --data two ${small_options#--data data} --seconds 0.1 --method source-only > /dev/null

# RGB alone, three splits.
for split in train val extra; do images rgb-images $split rgb; done
cache rgb
go --data rgb --logdir rgb-run
grep -q '^modality="*rgb"*$' rgb-run/config.toml || fail "not trained on RGB alone"
grep -q '^method="*rotation"*$' rgb-run/config.toml || fail "another method"
grep -q '^target="*extra"*$' rgb-run/config.toml || fail "the split that is left was not taken"
go --data rgb --logdir rgb-alone --method source-only
expect 3 go --data rgb --logdir bad --modality rgbd
says "no depth"
expect 3 go --data rgb --logdir bad --source photos
says 'extra, train, val'
says --source
expect 3 go --data rgb --logdir bad --target photos
says 'extra, train, val'
says --target

# Depth alone.
for split in train test; do images depth-images $split depth; done
cache depth
go --data depth --logdir depth-run
for choice in modality:depth method:rotation target:test; do
  grep -q "^${choice%:*}=\"*${choice#*:}\"*\$" depth-run/config.toml || { cat depth-run/config.toml; fail "not $choice"; }
done
"$RODTRAIN" eval depth-run/best.safetensors --data depth --device cpu | grep -q '^test: ' || fail "eval of depth alone"
"$RODTRAIN" predict depth-run/best.safetensors depth --split test --device cpu -q | grep -q '%' || fail "predict of depth alone"
go --data two --logdir depth-of-two --modality depth
[ "$(weights depth-of-two)" = "$(weights depth-run)" ] || fail "depth alone trains otherwise than the depth of pairs"
expect 3 go --data depth --logdir bad --modality rgb
says "no RGB images"

# Nothing to choose by.
for split in a b c; do images free-images $split rgb; done
cache free --structure split/class
expect 2 go --data free --logdir bad
says 'give --source'
says 'a, b, c'
expect 2 go --data free --logdir bad --source a
says 'give --target'
go --data free --logdir free-run --source a --target c
expect 2 go --data free --logdir bad --source a --method source-only
says 'nothing to evaluate on'
[ ! -e bad ] || fail "a refused run left a folder"

# The aliases that other programs have.
"$RODTRAIN" ${small_options/--batch-size/-b} --logdir aliases --max-steps 1 --wd 0.05 --workers 2
grep -q '^batch-size=4' aliases/config.toml || fail "-b is not --batch-size"
