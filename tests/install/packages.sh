# cpack's tarball and .deb: unpacked into clean folders, the programs run there; the .deb names the
# packages it needs.
. "$ROD_SOURCE/tests/install/common"
cpack --config "$ROD_BINARY/CPackConfig.cmake" -B "$PWD/packed" > log 2>&1 ||
  { cat log; fail "cpack failed"; }
mkdir tree && tar -xzf packed/*.tar.gz -C tree --strip-components 1
works "$PWD/tree"

[ -e packed/*.deb ] || fail "there is no .deb"
dpkg-deb -x packed/*.deb package
works "$PWD/package/usr"
! command -v dpkg-shlibdeps > /dev/null || dpkg-deb -f packed/*.deb Depends | grep -q libopencv ||
  fail "the .deb does not say that it needs OpenCV"
[ "$(dpkg-deb -f packed/*.deb Version)" = "$ROD_VERSION" ] || fail "the .deb has another version"
