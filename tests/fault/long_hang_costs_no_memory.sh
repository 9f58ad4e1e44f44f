# A drive that hangs for ten minutes: training goes on and saves on this machine, in no more memory
# than before but for the small files that wait; then all of them are published, and the run can
# resume from the drive alone.
. "$ROD_FAULT/support/drive.sh"
seconds="$(short_or_long 6 600)"
mount_drive
options="${small_options/--quiet/} --logdir drive/run --local-dir local --epochs 1000000 --resume --save-every 50steps"
memory() { awk '/^VmRSS:/ { print $2 }' /proc/$trainer/status; } # KiB

start "$RODTRAIN" $options
wait_for_checkpoint drive/run $trainer
sleep 3 # until every buffer was used once
before="$(memory)"
touch faults/hang
sleep 1
first="$(local_step)"
last="${first:-0}"
end=$((SECONDS + seconds))
while [ $SECONDS -lt $end ]; do
  wait_until reached local_step $((last + 1))
  last="$(local_step)"
done
# held until the drive takes them
after="$(memory)" small="$(du -skc local/runs/*/events* | tail -n 1 | cut -f 1)"
[ "$after" -le $((before + before / 4 + small)) ] ||
  fail "$before KiB of memory before, $after KiB after $seconds s, with $small KiB of small files"
[ "$(ls local/runs/*/step-*.safetensors | wc -l)" -le 6 ] ||
  { ls local/runs/*; fail "more states wait than --keep, one on its way and those that change"; }

rm faults/hang
wait_until reached drive_step "$last"
kill -s TERM $trainer
code=0
wait $trainer || code=$?
[ $code = 143 ] || { cat messages; fail "exit code $code"; }
whole_files drive/run
[ -z "$(metrics cloud/run | sort | uniq -d)" ] || fail "lines of metrics are double"
for ((step = 10; step <= last; step += 10)); do
  grep -q "^{\"step\":$step," cloud/run/metrics.jsonl ||
    fail "the metrics of step $step are missing"
done
rm -rf local
"$RODTRAIN" $options --max-steps $(($(newest drive/run | step_number) + 1)) > /dev/null 2> \
  messages || { cat messages; fail "does not go on"; }
says 'resuming from drive/run/checkpoints/step-'
counted "a drive that hung for $seconds s while steps $first to $last were saved here: memory $((before / 1024)) MiB before, $((after / 1024)) after; all were published"
