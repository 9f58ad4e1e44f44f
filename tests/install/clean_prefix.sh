# `cmake --install` into a clean prefix: the programs run there and where the prefix is moved to,
# with manual pages and completion.
. "$ROD_SOURCE/tests/install/common"
cmake --install "$ROD_BINARY" --prefix "$PWD/clean" > log 2>&1 ||
  { cat log; fail "could not install"; }
works "$PWD/clean"
mv clean "moved elsewhere"
works "$PWD/moved elsewhere"

for command in $("$RODPREP" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
  page="moved elsewhere/share/man/man1/rodprep-$command.1"
  [ -s "$page" ] || fail "no manual page of rodprep $command"
  for option in $("$RODPREP" "$command" --help |
    sed -n 's/^  \(-[a-z],\)\{0,1\}\(--[a-z-]*\).*/\2/p'); do
    sed 's/\\-/-/g' "$page" | grep -q -- "$option" || fail "$page leaves out $option"
  done
  headings="$(sed -n 's/^\.SH //p' "$page" | tr '\n' ',')"
  [[ "$headings" = NAME,SYNOPSIS,DESCRIPTION,*"EXIT STATUS,SEE ALSO," ]] ||
    fail "$page has the sections $headings"
  ! command -v man > /dev/null || LC_ALL=C man --warnings -l "$page" 2>&1 > /dev/null |
    (! grep .) || fail "man finds faults in $page"
done
[ -s "moved elsewhere/share/bash-completion/completions/rodprep" ] || fail "no completion"
