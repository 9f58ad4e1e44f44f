# The data set on a drive that is slow, fails now and then, hangs and goes away: shards are copied
# to --local-dir in the order of need, training starts with the first, and its bytes are those of a
# run on the local disk.
. "$ROD_FAULT/support/common.sh"
needs rodprep rodtrain
. "$ROD_FAULT/support/drive.sh"
mount_drive
rounds="$(short_or_long 1 20)"
rm -rf data
"$RODPREP" cache demo.tar data --size 32 --shard-size 40KiB --quiet # several shards per split
cp -r data cloud/data

order="--order window --window 2 --max-steps 40 --epochs 100"
"$RODTRAIN" $small_options --logdir whole $order
told="${small_options/--quiet/}"
on_drive() { "$RODTRAIN" ${told/--data data/--data drive\/data} --logdir run $order --local-dir \
  local "$@"; }
same_as_whole() { [ "$(weights run)" = "$(weights whole)" ] || fail "$1: the weights differ"; }

for ((round = 0; round < rounds; ++round)); do
  rm -rf run local
  touch faults/flaky faults/slow
  on_drive 2> messages || { cat messages; fail "failed on a flaky drive"; }
  same_as_whole flaky
  grep -q 'trying again' messages || fail "nothing failed on the flaky drive"
  rm faults/flaky faults/slow

  # The copies serve the next run, even if room is short now, or the drive goes away when it has
  # started.
  rm -rf run
  on_drive --local-limit 150KiB 2> messages || { cat messages; fail "failed with little room"; }
  same_as_whole 'little room'
  rm -rf run local
  touch faults/flaky
  on_drive 2> messages & trainer=$!
  random_sleep 2000000
  touch faults/enotconn
  sleep 1
  rm faults/enotconn
  wait $trainer || { cat messages; fail "failed after the drive was away"; }
  same_as_whole 'the drive was away'
  rm -f faults/flaky
done
counted "$rounds times: flaky and slow at 60 MB/s, short of room, away for a second: the weights of a run on a local disk"
