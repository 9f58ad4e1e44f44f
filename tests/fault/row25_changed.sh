# --resume on changed options, architecture or data: refused with the difference; --allow-changed lets pass what is safe.
. "$ROD_FAULT/trainer.sh"
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
# An option may not come twice.
with() { sed "s|$1|$2|" <<< "$small_options"; }
for change in '--lr 0.01:--lr 0.5:--lr: 0.01 in the run so far, 0.5 now' '--batch-size 4:--batch-size 5:--batch-size: 4 in the run so far, 5 now' \
  '--image-size 24:--image-size 28:--image-size' '--arch resnet10-slim:--arch resnet10:--arch'; do
  IFS=: read -r from to pattern <<< "$change"
  saved="$small_options"
  small_options="$(with "$from" "$to")"
  refuse 2 "$pattern"
  [ "$from" = '--lr 0.01' ] || { refuse 2 "can't help" --allow-changed; }
  small_options="$saved"
done
refuse 2 '--seed: 1 in the run so far, 2 now' --seed 2
refuse 2 '--weight-rot' --weight-rot 2
refuse 2 '--method' --method source-only
refuse 2 "can't help" --method source-only --allow-changed

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
