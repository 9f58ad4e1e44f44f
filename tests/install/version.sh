# One version everywhere: the programs', the newest heading of the changes, and none written down
# anywhere else.
. "$ROD_SOURCE/tests/install/common"
for program in "$RODPREP" $RODTRAIN; do
  [ "$("$program" --version)" = "$ROD_VERSION" ] || fail "$program has another version"
done
[ "$(grep -m 1 '^## ' "$ROD_SOURCE/tools/CHANGELOG.md")" = "## $ROD_VERSION" ] ||
  fail "the changes of $ROD_VERSION are not the newest in tools/CHANGELOG.md"
found="$(grep -rlF "VERSION $ROD_VERSION" "$ROD_SOURCE/CMakeLists.txt" \
  "$ROD_SOURCE/pyproject.toml" "$ROD_SOURCE/lib" "$ROD_SOURCE/trainer" "$ROD_SOURCE/tools")"
[ "$found" = "$ROD_SOURCE/CMakeLists.txt" ] || fail "the version is written in: $found"
