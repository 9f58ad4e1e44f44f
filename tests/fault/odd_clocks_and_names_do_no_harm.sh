# A clock that jumps, equal times of files, a read-only run folder, names with spaces and bytes that
# are no UTF-8: no effect, or a clear error.
. "$ROD_FAULT/support/training.sh"
run() { small_run --epochs 1 --save-every 1steps --keep 100 --resume --logdir "$@" 2> /dev/null; }
run whole
# cut RUN: as a kill after step 3 leaves it
cut() { rm "$1"/checkpoints/step-00000000[456].safetensors; }

rounds="$(short_or_long 1 17)"
library="$(find /usr/lib /usr/lib64 -name libfaketime.so.1 2> /dev/null | head -n 1 || true)"
for ((round = 0; round < rounds; ++round)); do
  odd="$(printf 'a run \377 of mine %d' $round)"
  run "$odd" --json > report.json
  cut "$odd"
  run "$odd" --local-dir "$odd.local"
  same_run whole "$odd"

  rm -rf times clock
  cp -r whole times
  cut times
  find times -exec touch -d @$((round * 100000000)) {} +
  run times
  same_run whole times

  [ -n "$library" ] || continue
  years=$((30 - 5 * round)) # to 50 years back
  cp -r whole clock
  cut clock
  LD_PRELOAD="$library" FAKETIME="$(printf %+dy $years)" DONT_FAKE_MONOTONIC=1 run clock
  same_run whole clock
  cut clock
  run clock
  same_run whole clock
done
counted "$rounds run folders with spaces and no UTF-8; $rounds where files all have the same time"
[ -z "$library" ] || counted "$rounds clocks that jumped by 30 to $years years and back"

# Root may write everywhere: a file where the folder should be, and a file system that is read-only.
: > file
code=0
small_run --logdir file/run --max-steps 1 > /dev/null 2> messages || code=$?
[ $code = 1 ] || [ $code = 3 ] || fail "exit code $code for a run folder in a file"
says file/run
if [ "$(id -u)" != 0 ]; then
  mkdir readonly
  chmod 500 readonly
  expect 1 small_run --logdir readonly/run --max-steps 1
  says readonly
fi
counted "a run folder that can't be written: a clear error"
[ -n "$library" ] || skip "libfaketime is not installed: no clock jumped"
