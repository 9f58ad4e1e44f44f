# A bundle with LibTorch inside loads nothing else of the system but glibc, has a licence of each library, and leaves out those that
# Debian's LibTorch names and uses nothing of.
. "$ROD_SOURCE/tests/install/common"
. "$ROD_SOURCE/tools/install/bundle.sh"
[ -n "$RODTRAIN" ] || { echo "skipped: rodtrain was not built"; exit 77; }
command -v patchelf > /dev/null || { echo "skipped: patchelf is not installed"; exit 77; }
ldd "$RODTRAIN" | grep -q 'libtorch_cpu.* => /lib' || { echo "skipped: rodtrain was not built with the system's LibTorch"; exit 77; }

mkdir -p tree/libexec/rod tree/lib/rod
cp "$INSTALLED/libexec/rod/rodtrain" tree/libexec/rod/
bundle_torch "$PWD/tree" || fail "a bundled library has no licence"
[ "$(env -i tree/libexec/rod/rodtrain --version)" = "$ROD_VERSION" ] || fail "the bundled rodtrain does not start"
! ldd -r tree/libexec/rod/rodtrain 2>&1 | grep 'undefined symbol\|not found' || fail "something is missing"
outside="$(needs tree/libexec/rod/rodtrain all | grep -vE ' (.*/lib/rod/|.*/(ld-linux|lib(c|m|pthread|dl|rt|resolv|util)\.))' || true)"
[ -z "$outside" ] || fail "loaded from the system: $outside"
! ls tree/lib/rod | grep 'opencv\|avcodec\|Qt' || fail "what LibTorch does not use is bundled"
[ -s tree/share/doc/rod/licenses/libdnnl2 ] || fail "oneDNN has no licence: $(ls tree/share/doc/rod/licenses)"
