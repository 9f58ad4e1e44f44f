# Bash completes commands, options and listed values, as --help tells them; it asks each command for
# it once.
. "$ROD_SOURCE/tests/install/common"
. "$ROD_SOURCE/tools/install/completion.bash"
printf '#!/bin/sh\necho "$*" >> "%s/asked"\nexec "%s" "$@"\n' "$PWD" "$RODPREP" > rodprep
chmod +x rodprep
PATH="$PWD:$PATH"

# offers EXPECTED WORD…: what is offered for the last word, sorted and in one line.
offers() {
  local expected="$1"
  shift
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  _rod_complete "$1" "${@: -1}" "${*: -2:1}"
  local offered
  offered="$(printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' ')"
  [ "$offered" = "$expected " ] || fail "$*: offered '$offered', expected '$expected'"
}
offers "cache" rodprep cac
offers "--max-rejects" rodprep cache --max-re
offers "fail skip" rodprep cache --on-error ""
offers "" rodprep cache --size 2
offers "" rodprep no-such-command x

all="$("$RODPREP" extract --help | sed -n 's/^  \(-[a-z],\)\{0,1\}\(--[a-z][a-z0-9-]*\).*/\2/p' | sort -u)"
COMP_WORDS=(rodprep extract --) COMP_CWORD=2
_rod_complete rodprep -- extract
missing="$(comm -23 <(echo "$all") <(printf '%s\n' "${COMPREPLY[@]}" | sort))"
[ -z "$missing" ] || fail "extract: not offered: $missing"
[ -z "$(sort asked | uniq -d)" ] || fail "asked more than once: $(sort asked | uniq -cd)"
