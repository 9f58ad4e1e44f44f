# The newest checkpoint cut, flipped, empty, gone, named "(1)", or behind a stale pointer: the one
# before is taken, that is said, and the run ends with the undisturbed run's bytes.
. "$ROD_FAULT/support/training.sh"
tries="$(short_or_long 8 2000)" # of half a second each
small_run --logdir whole --max-steps 8 --epochs 100 2> /dev/null
small_run --logdir before --max-steps 6 --epochs 100 --save-every 2steps 2> /dev/null
newest=checkpoints/step-000000006.safetensors
bytes=$(stat -c %s before/$newest)

for ((try = 0; try < tries; ++try)); do
  rm -rf run
  cp -r before run
  random "$bytes"
  said=step-000000006
  case $((try % 8)) in
    0) truncate -s "$drawn" run/$newest ;;
    1) : > run/$newest ;;
    2 | 3) # one flipped bit, in the header or anywhere
      [ $((try % 8)) = 2 ] || drawn=$((drawn % 20000))
      byte=$(od -An -tu1 -j "$drawn" -N 1 run/$newest)
      printf "\\x$(printf %02x $((byte ^ (1 << (try / 8 % 8)))))" |
        dd of=run/$newest bs=1 seek="$drawn" conv=notrunc status=none ;;
    4) mv run/$newest "run/checkpoints/step-000000006 (1).safetensors" ;;
    5) rm run/$newest ;;
    6) rm run/$newest; echo '{' > run/newest.json; said='resuming from' ;;
    7) cp run/checkpoints/step-000000004.safetensors run/$newest ;; # older bytes under a newer name
  esac
  "$RODTRAIN" ${small_options/--quiet/} --logdir run --max-steps 8 --epochs 100 --resume > \
    /dev/null 2> messages || { cat messages; fail "try $try, place $drawn"; }
  says "$said"
  says 'resuming from run/checkpoints/step-000000004'
  cmp run/checkpoints/step-000000008.safetensors whole/checkpoints/step-000000008.safetensors ||
    fail "try $try, place $drawn"
done
counted "$tries damaged newest checkpoints: fell back, said so, ended with the same bytes"
