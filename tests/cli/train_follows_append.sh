# A run resumes on the data set that its own one grew into, to the same bits each time, and refuses
# any other one.
. "$(dirname "$0")/small_run"
"$RODPREP" extract demo.tar files --quiet
cp -r data before
small_run --logdir run --max-steps 3
cp -r run again
cp -r run elsewhere

. "$(dirname "$0")/other_names"
"$RODPREP" cache files data --append --quiet
cmp before/ROD/00000.safetensors data/ROD/00000.safetensors
"$RODPREP" verify data --quiet
parent="$("$RODPREP" info before --json | grep -o '"fingerprint": *"[0-9a-f]*"' |
  grep -o '[0-9a-f]\{32\}')"
"$RODPREP" info data | grep -q "^parent $parent$" || fail "info does not show the parent"

for run in run again; do
  "$RODTRAIN" $small_options --logdir $run --resume --max-steps 6 2> messages ||
    fail "$(cat messages)"
done
[ "$(weights run)" = "$(weights again)" ] || fail "two runs on the grown data set differ"
"$RODPREP" cache demo.tar other --size 16 --quiet
expect 3 "$RODTRAIN" ${small_options/--data data/--data other} --logdir elsewhere --resume \
  --max-steps 3
grep -q "was trained on the data set" messages || fail "$(cat messages)"
