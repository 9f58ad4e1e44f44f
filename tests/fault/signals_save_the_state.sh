# SIGINT, SIGTERM in any phase (start-up, step, evaluation, save), a second one, a closed pty: code 130 or 143 within 10 s, the
# state is saved, and the run goes on to the undisturbed run's bytes.
. "$ROD_FAULT/support/training.sh"
make_failing_so
rounds="$(short_or_long 1 165)" # of five signals, some of which come too late
options="${small_options/--quiet/} --epochs 10 --save-every 2steps --resume --residency stream"
train() { "$RODTRAIN" $options --logdir "$1"; }
train whole 2> /dev/null
began=$(date +%s%N)
"$RODTRAIN" $options --logdir first --max-steps 1 2> /dev/null
start_up=$((($(date +%s%N) - began) / 1000)) # microseconds

limit=$([ -n "${ROD_SANITIZE:-}" ] && echo 30000 || echo 10000)  # ms
declare -A stopped=([start-up]=0 [step]=0 [evaluation]=0 [save]=0 [twice]=0)
slowest=0
has_begun() { grep -q '^training' messages; }
# The newest state and when it was written: one of the same step may have been evaluated since.
newest_state() { stat -c '%n %y' "run/checkpoints/$(newest run)" 2> /dev/null || true; }
# send_itself CALL FILES N: the run sends the signal to itself, at its N-th call for these files
send_itself() {
  start env LD_PRELOAD="$PWD/failing.so" ROD_CALL="$1" ROD_FILES="$2" ROD_AT="$3" ROD_FAIL=$signal ROD_HIT="$PWD/hit" "$RODTRAIN" $options --logdir run
}
# one_signal PHASE: sends it, waits for the end, sees what it left
one_signal() {
  local phase="$1" before begun=1 code=0 took sent
  rm -f hit
  before="$(newest_state)"
  case $phase in
    evaluation) random 12; send_itself pread '*/data/synROD-test/*' $((9 + drawn)) ;; # the first 8 are for its header
    save) random 200; send_itself write '*.safetensors*' $((1 + drawn)) ;;
    *)
      start "$RODTRAIN" $options --logdir run
      if [ $phase = step ]; then
        wait_for_checkpoint run $trainer
        random_sleep $((start_up / 2))
      else
        random_sleep $start_up
      fi
      before="$(newest_state)"
      has_begun || begun=0
      sent=$(date +%s%N)
      kill -s $signal $trainer 2> /dev/null || true
      [ $phase != twice ] || kill -s $signal $trainer 2> /dev/null || true ;; # it ends at once
  esac
  wait $trainer || code=$?
  [ ! -e hit ] || sent=$(date -r hit +%s%N)
  took=$((($(date +%s%N) - ${sent:-0}) / 1000000))
  [ $code != 0 ] || return 0 # it was done before
  [ $code = $code_wanted ] || { cat messages; fail "exit code $code after SIG$signal in $phase"; }
  [ $took -le $slowest ] || slowest=$took
  [ $took -le $limit ] || fail "$took ms after SIG$signal in $phase"
  stopped[$phase]=$((stopped[$phase] + 1))
  # Before it listens the signal ends it as it ends every process: nothing was begun.
  [ $begun = 1 ] && [ $phase != twice ] || return 0
  says "stopped by SIG$signal; the state is saved"
  [ $phase != start-up ] || return 0
  [ "$(newest_state)" \> "$before" ] || fail "SIG$signal in $phase: '$(newest_state)' is not newer than '$before'"
  # Files' times are those of the last tick.
  [ "$(date -r "run/checkpoints/$(newest run)" +%s%N)" -ge $((sent - 10000000)) ] || fail "SIG$signal in $phase: $(newest run) is from before it"
}
for ((round = 0; round < rounds; ++round)); do
  rm -rf run
  for phase in evaluation step save start-up twice; do
    if [ "${signal:-TERM}" = INT ]; then signal=TERM code_wanted=143; else signal=INT code_wanted=130; fi
    one_signal $phase
  done
  whole_files run
  train run 2> /dev/null
  same_run whole run
done
for phase in start-up step evaluation save; do
  [ "${stopped[$phase]}" -ge $(((rounds + 1) / 2)) ] || fail "only ${stopped[$phase]} signals met $phase"
done
all=$((${stopped[start-up]} + ${stopped[step]} + ${stopped[evaluation]} + ${stopped[save]} + ${stopped[twice]}))
counted "$all signals stopped a run (${stopped[start-up]} start-up, ${stopped[step]} step, ${stopped[evaluation]} evaluation, ${stopped[save]} save, ${stopped[twice]} twice), the slowest took $slowest ms; states saved, equal bytes"

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
