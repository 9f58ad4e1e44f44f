# Pixel bombs, scan bombs, CMYK, palettes, alpha, interlace, EXIF, masks, 16-bit colours, depth of the wrong kind.
. "$ROD_FAULT/fault.sh"
[ -x "$ROD_BINARY/tests/image/test_image" ] || skip "the tests of the image layer are not built"
"$ROD_BINARY/tests/image/test_image" --gtest_filter='Decode*-*PngSuite*' | tee log
grep -q 'FAILED' log && fail "a test failed"
counted "$(sed -n 's/^\[  PASSED  \] \([0-9]*\) tests.*/\1/p' log) kinds of odd image give what decode.h promises, or a refusal by name"
