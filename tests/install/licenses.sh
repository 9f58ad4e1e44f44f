# Every library that travels along in a bundle or a wheel has its licence there.
. "$ROD_SOURCE/tests/install/common"
. "$ROD_SOURCE/tools/install/bundle.sh"
command -v dpkg-query > /dev/null ||
  { echo "skipped: the licences are those of Debian's packages"; exit 77; }

cp -r "$INSTALLED" tree
bundle_libraries "$PWD/tree" || fail "a bundled library has no licence"
texts="tree/share/doc/rod/licenses"
mapfile -t paths < <(needs "$RODPREP" all |
  while read -r name path; do [ ! -e "tree/lib/rod/$name" ] || echo "$path"; done)
bundled=0
while read -r path package; do
  bundled=$((bundled + 1))
  [ -s "$texts/$package" ] || fail "$path has no licence in $texts"
done < <(packages_of "${paths[@]}")
[ "$bundled" = ${#paths[@]} ] && [ "$bundled" -gt 10 ] ||
  fail "only $bundled libraries were looked at"
[ -s "$texts/GPL-3" ] && [ -s "$texts/Apache-2.0" ] ||
  fail "the texts that the licences refer to are missing: $(ls "$texts")"

cp "$(command -v ls)" libstranger.so.1
! licenses_of strangers "$PWD/libstranger.so.1" 2> said || fail "a library of no package passes"
grep -q "no licence of $PWD/libstranger.so.1" said || fail "it says: $(cat said)"

# A wheel's libraries: those that rodprep names itself are all built from sources, which bring their
# licences.
bash "$ROD_SOURCE/tools/package/libraries.sh" list > built
mapfile -t paths < <(needs "$RODPREP" direct |
  while read -r name path; do [[ "$name" =~ $kept_out ]] || echo "$path"; done)
while read -r path package; do
  source="$(dpkg-query -W -f='${source:Package}' "$package")"
  grep -qx -- "$source" built || fail "tools/package/libraries.sh does not build $source for $path"
done < <(packages_of "${paths[@]}")
while read -r name; do
  grep -q "^build_$name() {" "$ROD_SOURCE/tools/package/libraries.sh" ||
    fail "tools/package/libraries.sh does not say how $name is built"
done < built
