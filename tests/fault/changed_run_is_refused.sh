# --resume on changed options, architecture or data: refused with the difference; --allow-changed lets pass what is safe.
. "$ROD_FAULT/support/training.sh"
small_run --logdir run --max-steps 3 --epochs 100 2> /dev/null
resume() { "$RODTRAIN" ${small_options/--quiet/} --logdir run --epochs 100 --resume "$@"; }

refused=0
refuse() { # CODE PATTERN OPTION…
  local code="$1" pattern="$2"
  shift 2
  before="$(ls -l run/checkpoints)"
  expect "$code" resume --max-steps 4 "$@"
  says "$pattern"
  [ "$(ls -l run/checkpoints)" = "$before" ] || fail "a refused run changed the checkpoints"
  refused=$((refused + 1))
}
# change RUN_OPTIONS OPTION VALUE…: the run with each VALUE instead is refused with both; short, the first alone. An option may not
# come twice. `fixed` is what --allow-changed can't let pass.
change() {
  local saved="$small_options" option="$2" value values
  values=("${@:3}")
  [ "$ROD_LONG" = 1 ] || values=("$3")
  for value in "${values[@]}"; do
    small_options="$(sed -E "s/$option [^ ]+ ?//" <<< "$saved") $1"
    refuse 2 "$option: .* in the run so far, .*$value[^ ]* now" $option $value
    if [[ "$fixed" != *" $option "* ]]; then
      says 'or go on all the same with --allow-changed'
    elif [ "$ROD_LONG" = 1 ] || [ "$option" = --method ]; then
      refuse 2 "can't help" $option $value --allow-changed
    fi
  done
  small_options="$saved"
}
fixed=' --target --method --modality --arch --seed --order --window --batch-size --image-size --sync-bn '
change '' --target synROD-test
change '' --method source-only rotation dann mmd afn
change '' --arch resnet10 resnet18
change '' --seed 2 3
change '' --order window sequential
change '' --window 3 4
change '' --batch-size 5 3
change '' --image-size 28 32
change '' --sync-bn ''
change '' --pretrained run/best.safetensors
change '' --amp bf16
for option in --lr --lr-mult --weight-decay --dropout-p --rot-dropout-p --weight-rot --weight-ent --weight-adapt --ramp-epochs; do
  change '' $option 0.7 0.3
done
mv run with-rotations
small_run --logdir run --max-steps 3 --epochs 100 --method source-only 2> /dev/null
change '--method source-only' --modality rgb depth
rm -r run
mv with-rotations run

mv data data.kept
"$RODPREP" synth other.tar --pairs 60 --classes 3 --size 32 --seed 9 --quiet
"$RODPREP" cache other.tar data --size 32 --quiet
refuse 3 'data set'
expect 0 resume --max-steps 4 --allow-changed
says 'allow-changed'
rm -r data
"$RODPREP" synth four.tar --pairs 60 --classes 4 --size 32 --quiet
"$RODPREP" cache four.tar data --size 32 --quiet
refuse 3 'classes' --allow-changed
rm -r data
mv data.kept data
expect 0 resume --max-steps 5 --weight-rot 0.5 --allow-changed
says 'weight-rot'
counted "$refused changed runs refused with the difference, 2 safe changes let pass by --allow-changed"
