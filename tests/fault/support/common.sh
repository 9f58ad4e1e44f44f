# Sourced by every test: `. "$ROD_FAULT/support/common.sh"`. A test runs in an empty folder of its
# own under `bash -eu`, with RODPREP, RODTRAIN, SHARED, ROD_SOURCE, ROD_BINARY, ROD_TEST_PYTHON set;
# exit 0: nothing was violated; 77: skipped, the last line says why; anything else: failed. What is
# random comes from `random`, so that ROD_SEED repeats it.

RANDOM=$((10#$ROD_SEED % 32768))

fail() { echo "$*"; exit 1; }
skip() { echo "$*"; exit 77; }

# short_or_long SHORT LONG: how many tries
short_or_long() { if [ "$ROD_LONG" = 0 ]; then echo "$1"; else echo "$2"; fi; }

# random N: sets `drawn` to a number in [0, N). Not $(random N): a subshell would draw the same
# again and again.
random() { drawn=$(((RANDOM * 32768 + RANDOM) % $1)); }

# seeded_bytes N: writes that many
seeded_bytes() {
  random 1000000000
  LC_ALL=C awk -v seed="$drawn" -v bytes="$1" \
    'BEGIN { srand(seed); for (i = 0; i < bytes; ++i) printf "%c", int(256 * rand()) }'
}

# random_sleep MICROSECONDS: sleeps less than that
random_sleep() {
  random "$1"
  sleep "$((drawn / 1000000)).$(printf %06d $((drawn % 1000000)))"
}

# counted N WHAT…: a line of the results, e.g. `counted $kills kills, all resumed to equal bytes`
counted() { echo "$*" | tee -a "$ROD_COUNTS"; }

# limit_memory KB: of this shell and what it starts. Sanitizers reserve terabytes of addresses.
limit_memory() { [ -n "${ROD_SANITIZE:-}" ] || ulimit -v "$1"; }
export -f limit_memory

# needs WHAT…: skips the test where a program is missing, or plain_build where sanitizers watch
needs() {
  local what
  for what in "$@"; do
    case "$what" in
      rodprep) [ -x "$RODPREP" ] || skip "rodprep is not built" ;;
      plain_build) [ -z "${ROD_SANITIZE:-}" ] ||
        skip "a sanitizer takes memory and makes system calls of its own" ;;
      rodtrain) [ -x "$RODTRAIN" ] || skip "rodtrain is not built" ;;
      *) command -v "$what" > /dev/null || skip "$what is not installed" ;;
    esac
  done
}

# expect CODE COMMAND…: runs it, its messages into the file `messages`
expect() {
  local wanted="$1" code=0
  shift
  "$@" > output 2> messages || code=$?
  [ "$code" = "$wanted" ] || { cat messages; fail "exit code $code, expected $wanted: $*"; }
}

# make_failing_so: the library that fails calls of the program it is loaded into, see
# failing_calls.c
make_failing_so() {
  needs cc
  cc -shared -fPIC -o failing.so "$ROD_FAULT/failing_calls.c" -ldl
}
