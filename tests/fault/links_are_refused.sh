# Symbolic and hard links to anywhere, chains of them, and files written through them are refused;
# --skip-links leaves them out.
. "$ROD_FAULT/support/common.sh"
. "$ROD_FAULT/support/hostile.sh"
count="$(short_or_long 20 400)"
hostile link "$count" 3
for ((number = 0; number < count; ++number)); do
  rm -rf dest
  "$RODPREP" extract "link/$number.tar" dest -q --keep-free 0 --skip-links 2> messages ||
    fail "link $number with --skip-links: $(cat messages)"
  [ -z "$(find dest ! -type d ! -type f)" ] || fail "link $number: a link was made"
  [ -f dest/first ] && [ -f dest/last ] || fail "link $number: files are missing"
done
counted "$count archives, three times: all refused or left out"
