# SIGINT and SIGTERM: the state is saved, the exit code tells the signal, and --resume goes on as if
# nothing had been.
. "$(dirname "$0")/small_run"
small_run --logdir whole --epochs 4
for signal in INT:130 TERM:143; do
  small_run_in_background --logdir stopped --epochs 4 --resume --save-every 3steps
  wait_for_checkpoint stopped $trainer
  before="$(newest stopped)"
  kill -s "${signal%:*}" $trainer
  code=0
  wait $trainer || code=$?
  [ $code = "${signal#*:}" ] || { cat messages; fail "exit code $code after SIG${signal%:*}"; }
  grep -q 'the state is saved; .*--resume' messages ||
    fail "no word of the state and how to go on: $(cat messages)"
  [ "$(newest stopped)" \> "$before" ] || fail "$(newest stopped) is not newer than '$before'"
done
small_run --logdir stopped --epochs 4 --resume
[ "$(weights stopped)" = "$(weights whole)" ] || fail "the weights differ"
