# FIFOs and devices are refused, as root too; setuid bits, owners, extended attributes and ACLs are
# dropped.
. "$ROD_FAULT/support/common.sh"
. "$ROD_FAULT/support/hostile.sh"
count="$(short_or_long 12 100)"
hostile special "$count" 3
counted "$count archives with FIFOs and devices, twice, as $(id -un): all refused"

mkdir source
for mode in 4755 2755 6777 0444 1777; do echo "$mode" > "source/$mode"; chmod "$mode" \
  "source/$mode"; done
mkdir -m 7777 source/folder
tar --format=pax --owner=12345 --group=23456 \
  --pax-option='SCHILY.xattr.user.evil:=1,SCHILY.acl.access:=user::rwx,SCHILY.fflags:=immutable' \
  -cf modes.tar source
umask 022
"$RODPREP" extract modes.tar dest -q --keep-free 0
[ -z "$(find dest -type f ! -perm 644)" ] && [ -z "$(find dest/source -type d ! -perm 755)" ] ||
  fail "a mode was kept"
[ -z "$(find dest \( -uid 12345 -o -gid 23456 \))" ] || fail "an owner was kept"
if command -v getfattr > /dev/null; then [ -z "$(getfattr -R -d -m - dest/source 2> /dev/null)" ] ||
  fail "an attribute was kept"; fi
counted "7 entries with modes, owners and attributes: all dropped"
