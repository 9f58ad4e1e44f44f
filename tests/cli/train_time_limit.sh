# --max-time: exit code 75 with the state saved; the run goes on later as if nothing had been.
. "$(dirname "$0")/small_run"
small_run --logdir whole --epochs 20
expect 75 small_run --logdir limited --epochs 20 --resume --max-time 1s
grep -q 'time limit' messages || fail "$(cat messages)"
small_run --logdir limited --epochs 20 --resume
[ "$(weights limited)" = "$(weights whole)" ] || fail "the weights differ"
