# tools/colab_setup.sh keeps a build on a drive that drops execute bits, restores it from there, and
# builds again when it is damaged.
. "$ROD_SOURCE/tests/install/common"
mkdir sources
cp -r "$ROD_SOURCE/CMakeLists.txt" "$ROD_SOURCE/lib" "$ROD_SOURCE/tools" "$ROD_SOURCE/trainer" \
  sources
quick_build
rm -rf tree/libexec tree/bin/rodtrain  # as a build without the trainer
setup() { bash sources/tools/colab_setup.sh --trainer no --from-build "$PWD/build" --store \
  "$PWD/drive" "$@" > said 2>&1 || { cat said; fail "exit code $?"; }; }
said() { grep -q -- "$1" said || { cat said; fail "it does not say: $1"; }; }
# Only what is bundled counts: the libraries of rodprep's packages come from lib/rod.
bundled() { env -i PATH=/usr/bin:/bin ldd "$1/bin/rodprep" |
  grep -q "opencv_core.* $1/bin/../lib/rod/\|opencv_core.* $(realpath "$1")/lib/rod/" ||
  fail "OpenCV does not come from $1/lib/rod"; }

RODTRAIN=""
setup --prefix "$PWD/first session"
said "building once"
said "built in"
works "$PWD/first session"
chmod 600 drive/*
echo " " >> sources/tools/colab/rod_synrod.ipynb  # as Colab does while it runs

setup --prefix "$PWD/second"
said "restored from $PWD/drive"
works "$PWD/second"
bundled "$PWD/second"

tarball="$(ls drive/*.tar.gz)"
dd if=/dev/zero of="$tarball" bs=1 seek=5000 count=100 conv=notrunc 2> /dev/null
setup --prefix "$PWD/third"
said "is damaged: building again"
works "$PWD/third"
[ ! -e "$tarball" ] || fail "the damaged tarball stays"
setup --prefix "$PWD/fourth"
said "restored from"

echo "// changed" >> sources/lib/base/error.h
setup --prefix "$PWD/fourth"
said "the source changed since the stored build"
[ "$(ls drive/*.tar.gz | wc -l)" = 2 ] || fail "the store has not two builds: $(ls drive)"

echo "a file, no folder" > not-a-folder
bash "$ROD_SOURCE/tools/colab_setup.sh" --trainer no --from-build "$PWD/build" --store \
  "$PWD/not-a-folder" --prefix "$PWD/fifth" > said 2>&1 ||
  { cat said; fail "no store, no install"; }
said "not kept for the next session"
works "$PWD/fifth"
! bash "$ROD_SOURCE/tools/colab_setup.sh" --no-such-option > said 2>&1 ||
  fail "an unknown option is accepted"

# Without a store it says how to get one. Sources that can't be written to are built elsewhere.
bash sources/tools/colab_setup.sh --trainer no --from-build "$PWD/build" --prefix "$PWD/sixth" > \
  said 2>&1 || { cat said; fail "exit code $?"; }
said "with --store DIR, the next session"
chmod a-w sources
weak=()  # root may write everywhere
[ "$(id -u)" != 0 ] || weak=(setpriv --bounding-set -dac_override)
built_in="$(TMPDIR="$PWD/tmp" "${weak[@]}" bash -c '. sources/tools/build.sh; echo "$build_root"')"
chmod u+w sources
[ "$built_in" = "$PWD/tmp/rod-build-$(id -u)" ] || fail "it would build in $built_in"
