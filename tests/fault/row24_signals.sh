# SIGINT, SIGTERM in any phase (start-up, step, evaluation, save), a second one, a closed pty: code 130 or 143 within 10 s, the
# state is saved, and the run goes on to the undisturbed run's bytes.
. "$ROD_FAULT/trainer.sh"
signals="$(short_or_long 6 500)"
options="$small_options --epochs 8 --save-every 2steps --resume"
train() { "$RODTRAIN" $options --logdir "$1"; }
began=$(date +%s%N)
train whole 2> /dev/null
microseconds=$((($(date +%s%N) - began) / 1000))

limit=$([ -n "${ROD_SANITIZE:-}" ] && echo 30000 || echo 10000)  # ms
slowest=0 stopped=0
for ((number = 0; number < signals; ++number)); do
  start "$RODTRAIN" $options --logdir run
  random_sleep $((microseconds * 3 / 4))
  signal=INT code_wanted=130
  [ $((number % 2)) = 0 ] || { signal=TERM; code_wanted=143; }
  before=$(date +%s%N)
  kill -s $signal $trainer 2> /dev/null || true
  [ $((number % 3)) != 2 ] || kill -s $signal $trainer 2> /dev/null || true # a second signal ends it at once
  code=0
  wait $trainer || code=$?
  took=$((($(date +%s%N) - before) / 1000000))
  [ $took -le $slowest ] || slowest=$took
  [ $took -le $limit ] || fail "$took ms after SIG$signal"
  case $code in
    0) rm -rf run ;; # it was done before
    $code_wanted) stopped=$((stopped + 1)) ;;
    # Before it listens the signal ends it as it ends every process: nothing was begun.
    *) cat messages; fail "exit code $code after SIG$signal" ;;
  esac
  whole_files run
done
train run 2> /dev/null
same_run whole run
[ $stopped -ge 2 ] || fail "only $stopped signals came in time"
counted "$stopped of $signals signals stopped a run, the slowest took $slowest ms; equal bytes"

# A terminal that goes away: the run goes on as if nothing had been.
command -v script > /dev/null || exit 0
rm -rf run
script -qec "$RODTRAIN ${options/--quiet/} --logdir run" /dev/null > /dev/null & terminal=$!
wait_for_checkpoint run $terminal
kill -9 $terminal
wait $terminal 2> /dev/null || true
last="$(newest run)"
for _ in $(seq 400); do [ "$(newest run)" = "$last" ] || break; sleep 0.05; done
[ "$(newest run)" != "$last" ] || fail "the run ended with its terminal"
pid="$(grep -o '"pid":[0-9]*' run/.lock | cut -d: -f2 || true)"
[ -z "$pid" ] || kill -s TERM "$pid" || true
for _ in $(seq 200); do [ -s run/.lock ] || break; sleep 0.05; done
train run 2> /dev/null
same_run whole run
counted "a closed terminal did not disturb the run"
