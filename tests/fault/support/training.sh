# Sourced by the tests that train: a small data set, runs of seconds, and how two runs are compared.
. "$ROD_FAULT/support/common.sh"
needs rodprep rodtrain
. "$ROD_SOURCE/tests/cli/small_run"

# start COMMAND…: in the background; its process is $trainer (of a function it would be a shell's),
# its messages go to `messages`
start() {
  "$@" > /dev/null 2> messages &
  trainer=$!
}

# same_run A B: checkpoints of the last step, best and metrics without the clock's fields are equal,
# byte for byte
same_run() {
  local last_a last_b
  last_a="$(ls "$1"/checkpoints/step-*.safetensors | tail -n 1)"
  last_b="$(ls "$2"/checkpoints/step-*.safetensors | tail -n 1)"
  [ "$(basename "$last_a")" = "$(basename "$last_b")" ] ||
    fail "$1 ends with $last_a, $2 with $last_b"
  cmp "$last_a" "$last_b" || fail "the checkpoints differ"
  cmp "$1/best.safetensors" "$2/best.safetensors" || fail "the best networks differ"
  diff <(metrics "$1") <(metrics "$2") || fail "the metrics differ"
}

# whole_files RUN: what has a final name is complete
whole_files() {
  local file
  for file in "$1"/checkpoints/step-*.safetensors "$1"/best.safetensors; do
    [ ! -e "$file" ] || "$RODTRAIN" export "$file" whole.safetensors > /dev/null 2> messages ||
      { cat messages; fail "$file is not whole"; }
  done
}

# newest_local: the name of the newest state in --local-dir local; step_number: of such a name
newest_local() { newest_in "$(echo local/runs/*)"; }
step_number() {
  local name
  read -r name || return 0
  name="${name//[^0-9]/}"
  echo $((10#${name:-0}))
}

# local_step, drive_step: of the newest state on this machine, in the cloud; reached local_step 12:
# whether it is that far
local_step() { newest_local | step_number; }
drive_step() { newest cloud/run | step_number; }
reached() { [ "$($1)" -ge "$2" ] 2> /dev/null; }

# wait_until COMMAND…: at most 20 s, while the trainer lives
wait_until() {
  for _ in $(seq 400); do
    ! "$@" || return 0
    kill -0 $trainer 2> /dev/null ||
      { cat messages; fail "the trainer ended while waiting for: $*"; }
    sleep 0.05
  done
  cat messages; fail "waited too long for: $*"
}
heard() { grep -q -- "$1" messages; }

says() { grep -q -- "$1" messages || { cat messages; fail "the message lacks '$1'"; }; }
