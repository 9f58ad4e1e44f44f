# Sourced by the tests that make calls of a run fail that saves after every step: the undisturbed
# run in whole/, and a library that fails calls. The run folder is saved/; `elsewhere` its states
# wait on another file system and are copied to it.
. "$ROD_FAULT/support/training.sh"
needs plain_build
make_failing_so
options="$small_options --resume --max-steps 3 --save-every 1steps"
"$RODTRAIN" $options --logdir whole 2> /dev/null

if memory="$(mktemp -d /dev/shm/rod-fault-XXXXXX)" &&
  [ "$(stat -c %d "$memory")" != "$(stat -c %d .)" ]; then
  places="here elsewhere"
else
  places="here"
fi
trap '[ -z "$memory" ] || rm -rf "$memory"' EXIT

# saving PLACE VARIABLE=VALUE…: a run with what failing_calls.c reads
saving() {
  local local_dir=""
  [ "$1" = here ] || local_dir="--local-dir $memory/local"
  shift
  env "$@" "$RODTRAIN" $options --logdir saved $local_dir > /dev/null 2> messages
}
anew() { rm -rf saved "$memory/local" hit; }

# undisturbed_files: what has a final name, in the run folder and where it waits, is the undisturbed
# run's
undisturbed_files() {
  local file
  while read -r file; do
    case "$file" in
      */step-*) cmp "$file" "whole/checkpoints/${file##*/}" ;;
      *) cmp "$file" "whole/${file##*/}" ;;
    esac || fail "$file is not the undisturbed run's"
  done < <(find saved "$memory" -name 'step-*.safetensors' -o -name best.safetensors)
}

# select_calls WHAT: sets `calls` to the variables that select them: a call, `write` without the
# states, or `state` for writes to these
select_calls() {
  calls=(ROD_CALL=$1 "ROD_FILES=*/saved*" LD_PRELOAD="$PWD/failing.so")
  case $1 in
    write) calls+=("ROD_NOT_FILES=*.safetensors*") ;;
    state) calls+=(ROD_CALL=write "ROD_FILES=*/saved*.safetensors*") ;;
  esac
}

# select_numbers PLACE WHAT: sets `numbers` to those that are tried of a run's calls: long, all of
# them, of a state's many small writes each 50th; short, one at PLACE
select_numbers() {
  local all step
  select_calls $2
  anew
  saving $1 "${calls[@]}" ROD_COUNT=count ||
    { cat messages; fail "failed although nothing was made to fail"; }
  all="$(cat count)"
  [ "$all" -gt 0 ] || fail "no $2 was met"
  step=$(short_or_long $all 1)
  [ $2 != state ] || step=$(short_or_long $all 50)
  random $step
  numbers="$(seq $((1 + drawn)) $step $all)"
}
