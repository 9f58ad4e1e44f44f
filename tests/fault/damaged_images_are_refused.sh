# PNG and JPEG files cut anywhere or with flipped bits: refused, or the very pixels; of a JPEG's
# flips, none crashes.
. "$ROD_FAULT/support/common.sh"
[ -x "$ROD_BINARY/tests/image/test_image" ] || skip "the tests of the image layer are not built"
"$ROD_BINARY/tests/image/test_image" --gtest_filter='DamagedImages.*' | tee log
names=(cut-PNG flipped-PNG cut-JPEG flipped-JPEG)
n=0
while read -r line; do
  counted "${names[n++]} ${line%% others*} others"
done < <(grep ' tries ' log | sed 's/ (ROD_SEED=[0-9]*)//')
[ "$n" = 4 ] || fail "four counts were expected"
