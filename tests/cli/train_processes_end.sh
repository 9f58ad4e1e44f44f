# Processes that were started apart are refused; one that is killed ends all; a signal to any, or
# the time limit, stops all.
. "$(dirname "$0")/several_processes"

# Processes that were given something else than the first, and one without an address to meet at.
# WHAT OPTION… of process 1: both end with code 2, and the second tells that WHAT differs
started_apart() {
  local told=$1
  shift
  port=$((20000 + RANDOM % 20000))
  RANK=0 WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=$port "$RODTRAIN" $options --logdir apart \
    2> messages.0 & pid=$!
  code=0
  RANK=1 WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=$port "$RODTRAIN" --logdir apart "$@" 2> \
    messages.1 || code=$?
  [ $code = 2 ] || { cat messages.*; fail "exit code $code of process 1 with $*"; }
  code=0
  wait $pid || code=$?
  [ $code = 2 ] || { cat messages.*; fail "exit code $code of process 0 beside $*"; }
  grep -q "other options or other data" messages.0 &&
    grep -q -- "--$told: .* here, .* there" messages.1 ||
    { cat messages.*; fail "not told: $told"; }
  [ ! -e apart ] || fail "a refused run has left a folder"
}
started_apart seed $options --seed 7
"$RODPREP" cache demo.tar smaller --size 24 --quiet
started_apart data ${options/--data data/--data smaller}
RANK=0 WORLD_SIZE=2 MASTER_PORT=2000 expect 2 "$RODTRAIN" $options --logdir apart

options="${options% --sync-bn}"
for victim in 1 0; do
  start 2 --logdir killed$victim --epochs 1000 --save-every 5steps
  wait_for_checkpoint killed$victim "${pids[0]}"
  kill -9 "${pids[$victim]}"
  start=$SECONDS
  code=0
  wait "${pids[$((1 - victim))]}" || code=$?
  [ $code = 1 ] || { cat messages.*; fail "exit code $code of the process that was left"; }
  [ $((SECONDS - start)) -le 10 ] || fail "it took $((SECONDS - start)) s to notice"
  grep -q "another process has exited" messages.$((1 - victim)) ||
    { cat messages.*; fail "no word of it"; }
done

# A signal to any of them, or the time limit, stops all with one exit code, the first one's state
# saved.
expect_all() { # CODE WHAT
  for pid in "${pids[@]}"; do
    code=0
    wait "$pid" || code=$?
    [ $code = "$1" ] || { cat messages.*; fail "exit code $code after $2"; }
  done
  grep -q "the state is saved; .*--resume" messages.0 ||
    { cat messages.*; fail "no word of the state after $2"; }
}
for stop in TERM:143:1 INT:130:1 TERM:143:0; do
  IFS=: read -r signal expected victim <<< "$stop"
  start 2 --logdir stopped --epochs 1000 --resume --save-every 5steps
  wait_for_checkpoint stopped "${pids[0]}"
  kill -s "$signal" "${pids[$victim]}"
  expect_all "$expected" "SIG$signal to process $victim"
done
start 2 --logdir stopped --epochs 1000 --resume --max-time 1s
expect_all 75 "--max-time"
grep -q "process 1 of 2: stopped at the time limit" messages.1 ||
  { cat messages.*; fail "process 1 does not say why it stopped"; }

RANK=0 WORLD_SIZE=3 MASTER_ADDR=127.0.0.1 MASTER_PORT=1 expect 2 "$RODTRAIN" $options --logdir three
grep -q -- '--batch-size 8 is the global batch size of 3' messages || fail "$(cat messages)"
