# Steps take no longer while the drive fails or hangs: by turns with a drive as it should be, pairs
# per second of one run.
. "$ROD_FAULT/support/drive.sh"
# short: others' load may be on the machine
turns="$(short_or_long 1 25)" steps="$(short_or_long 40 60)" most="$(short_or_long 3 1.5)"
faults_of_a_turn="$(short_or_long 'eio hang' 'eio enotconn full hang')"
mount_drive
# window FAULT: some steps under it; then what waited comes home
window() {
  local from=$(local_step)
  [ $1 = none ] || touch faults/$1
  wait_until reached local_step $((from + steps))
  echo "$1 $from $(local_step)" >> windows
  rm -f faults/*
  wait_until reached drive_step $((from + steps))
}

start "$RODTRAIN" ${small_options/--quiet/} --logdir drive/run --local-dir local --epochs 1000000 \
  --save-every 6steps
wait_until reached drive_step 10
window none
for ((turn = 0; turn < turns; ++turn)); do
  for fault in $faults_of_a_turn; do
    window $fault
    window none
  done
done
kill -s INT $trainer
wait $trainer || true

# Each window's median, beside those before and after it.
sed -nE 's/^\{"step":([0-9]+),.*"pairs_per_second":([0-9.e+-]+).*/\1 \2/p' cloud/run/metrics.jsonl |
  awk '
    NR == FNR { from[NR] = $2; to[NR] = $3; windows = NR; next }
    {
      while (window < windows && $1 > to[window]) ++window
      if ($1 > from[window]) print window, $2
    }
  ' window=1 windows - | sort -k 1,1n -k 2,2g |
  awk '
    { rate[$1, ++count[$1]] = $2; last = $1 }
    END {
      for (w = 1; w <= last; ++w) median[w] = rate[w, int((count[w] + 1) / 2)]
      for (w = 2; w < last; w += 2) printf "%.3f\n", (median[w - 1] + median[w + 1]) / 2 / median[w]
    }
  ' | sort -g > slowdowns
measured=$(wc -l < slowdowns)
[ "$measured" = $((turns * $(wc -w <<< "$faults_of_a_turn"))) ] ||
  { cat windows slowdowns; fail "$measured windows measured"; }
awk -v most="$most" '$1 > most { exit 1 }' slowdowns ||
  fail "a step takes $(tail -n 1 slowdowns) times as long under a fault"
counted "$measured windows of $steps steps under $(tr ' ' ',' <<< "$faults_of_a_turn"): a step took $(sed -n "$(((measured + 1) / 2))p" slowdowns) times as long as before and after, median; at most $(tail -n 1 slowdowns)"
