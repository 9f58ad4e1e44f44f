# A drive that hangs for ten minutes: training goes on and saves on this machine, in no more memory than before but for the small
# files that wait; then all comes home, and the run can go on from the drive alone.
. "$ROD_FAULT/trainer.sh"
seconds="$(short_or_long 6 600)"
mount_drive
options="${small_options/--quiet/} --logdir drive/run --local-dir local --epochs 1000000 --resume --save-every 50steps"
local_step() { newest_local | step_number; }
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
  for _ in $(seq 200); do [ "$(local_step)" -le "$last" ] || break; sleep 0.1; done
  kill -0 $trainer || { cat messages; fail "the trainer ended while the drive hung"; }
  [ "$(local_step)" -gt "$last" ] || { cat messages; fail "no state after step $last in 20 s"; }
  last="$(local_step)"
done
after="$(memory)" small="$(du -skc local/runs/*/events* | tail -n 1 | cut -f 1)" # held until the drive takes them
[ "$after" -le $((before + before / 4 + small)) ] || fail "$before KiB of memory before, $after KiB after $seconds s, with $small KiB of small files"
[ "$(ls local/runs/*/step-*.safetensors | wc -l)" -le 6 ] || { ls local/runs/*; fail "more states wait than --keep, one on its way and those that change"; }

rm faults/hang
for _ in $(seq 400); do
  at_home="$(newest cloud/run | step_number)"
  [ "$at_home" -lt "$last" ] || break
  sleep 0.05
done
[ "$at_home" -ge "$last" ] || { cat messages; fail "step $last did not come home"; }
kill -s TERM $trainer
code=0
wait $trainer || code=$?
[ $code = 143 ] || { cat messages; fail "exit code $code"; }
whole_files drive/run
[ -z "$(metrics cloud/run | sort | uniq -d)" ] || fail "lines of metrics are double"
for ((step = 10; step <= last; step += 10)); do
  grep -q "^{\"step\":$step," cloud/run/metrics.jsonl || fail "the metrics of step $step are missing"
done
rm -rf local
"$RODTRAIN" $options --max-steps $(($(newest drive/run | step_number) + 1)) > /dev/null 2> messages || { cat messages; fail "does not go on"; }
says 'going on from drive/run/checkpoints/step-'
counted "a drive that hung for $seconds s while steps $first to $last were saved here: memory $((before / 1024)) MiB before, $((after / 1024)) after; all came home"
