# Sourced by the tests about hostile archives.

# hostile CLASS COUNT CODES [OPTION…]: makes archives of a class (see hostile_tar.cc) and unpacks
# each, once as it is, once with --on-error skip. The first must end with one of CODES (a regular
# expression) and a message, both must leave nothing but regular files below their folder, and
# nothing at all outside of it.
hostile() {
  local class="$1" count="$2" codes="$3" number code kept user
  user="$(id -un)"
  shift 3
  needs rodprep
  [ -x "$ROD_BINARY/tests/fault/hostile_tar" ] || skip "hostile_tar is not built"
  mkdir -p "$class" arena/outside
  echo untouched > arena/outside/file
  "$ROD_BINARY/tests/fault/hostile_tar" "$class" "$ROD_SEED" "$count" "$class"
  for ((number = 0; number < count; ++number)); do
    for mode in stop skip; do
      rm -rf arena/dest
      code=0
      (cd arena && limit_memory 1000000 &&
        "$RODPREP" extract "../$class/$number.tar" dest -q --jobs 2 --keep-free 0 --on-error $mode \
        "$@") \
        2> messages || code=$?
      [ $mode = skip ] || [[ "$code" =~ ^($codes)$ ]] ||
        { cat messages; fail "$class $number ($(cat "$class/$number.txt")): exit code $code"; }
      [[ "$code" =~ ^[034]$ ]] || { cat messages; fail "$class $number, $mode: exit code $code"; }
      [ "$code" = 0 ] || [ -s messages ] || fail "$class $number: no message"
      if [ -e arena/dest ]; then
        kept="$(find arena/dest \( ! -type d ! -type f \) -o \( -type f ! -perm 644 \) -o ! -user "$user")"
        [ -z "$kept" ] || fail "$class $number, $mode: made $kept"
      fi
      [ "$(cd arena && echo * outside/*)" = \
        "$([ ! -e arena/dest ] || echo 'dest ')outside outside/file" ] ||
        fail "$class $number, $mode: something was made outside of DEST"
      read -r kept < arena/outside/file
      [ "$kept" = untouched ] || fail "$class $number, $mode: a file outside was changed"
    done
  done
  [ ! -e /tmp/x ] || fail "/tmp/x was made"
}
