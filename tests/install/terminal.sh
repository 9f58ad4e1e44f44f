# On a terminal without a size and in a pipe: one moving line of at most 100 columns, no colours, no
# cursor movement.
. "$ROD_SOURCE/tests/install/common"
command -v script > /dev/null || { echo "skipped: no script(1)"; exit 77; }
"$RODPREP" synth a.tar --pairs 40 --classes 2 --size 48 -q
on_terminal() { script -qec "stty rows 0 cols 0; $RODPREP $*" /dev/null < /dev/null > seen; }
in_pipe() {
  "$RODPREP" "$@" 2>&1 | cat > seen
  [ "${PIPESTATUS[0]}" = 0 ] || { cat seen; fail "$*: fails in a pipe"; }
  ! grep -q $'\r' seen || { cat -v seen; fail "$*: a moving line in a pipe"; }
}
clean() {  # no escape sequences; `\r` starts a repaint and never ends the output
  ! grep -q $'\x1b' "$1" || { cat -v "$1"; fail "escape sequences"; }
  ! tail -c 1 "$1" | grep -q $'\r' || fail "it ends with a carriage return"
  sed 's/\r$//' "$1" | awk 'BEGIN {RS = "\r"} !/\n/ && length > 100 {print "the moving line is too wide: " $0; bad = 1} END {exit bad}'
}
for where in on_terminal in_pipe; do
  rm -rf shards files
  for command in "cache a.tar shards --size 48" "verify shards" "info shards" \
    "extract a.tar files" "doctor --disk ." "--help"; do
    $where $command
    clean seen
    [ "$(wc -l < seen)" -le 40 ] || { cat seen; fail "$where $command: too many lines"; }
  done
done
