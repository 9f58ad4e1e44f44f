# --max-time: exit code 75 in time, not early, with the state saved; the run goes on later as if
# nothing had been.
. "$(dirname "$0")/small_run"
began=$(date +%s%N)
expect 75 small_run --logdir limited --epochs 1000 --max-time 2s
took=$((($(date +%s%N) - began) / 1000000))
grep -q 'time limit.*the state is saved' messages || fail "$(cat messages)"
# At most half of the limit is kept in hand; the end is due within a second of it, and three more
# where other tests run beside.
[ $took -ge 1000 ] || fail "ended after $took ms of 2 s"
[ $took -le 6000 ] || [ -n "${ROD_SANITIZE:-}" ] || fail "ended after $took ms, the limit was 2 s"
last=$((10#$(newest limited | tr -dc 0-9) + 6))
small_run --logdir limited --epochs 1000 --max-steps $last --resume
small_run --logdir whole --epochs 1000 --max-steps $last
[ "$(weights limited)" = "$(weights whole)" ] || fail "the weights differ"
# --until: the moment that it means is printed at the start, with its date and time zone.
TZ=UTC "$RODTRAIN" ${small_options% --quiet} --logdir until --max-steps 1 --until 21:00 > \
  /dev/null 2> messages
grep -Eq '^.*--until: stops at 20[0-9-]+ 21:00 UTC \(UTC\+0000\)' messages || fail "$(cat messages)"
