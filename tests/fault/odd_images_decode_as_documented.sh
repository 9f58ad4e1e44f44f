# Pixel bombs, scan bombs, CMYK, palettes, alpha, interlace, EXIF, masks, 16-bit colours, depth of
# the wrong kind.
. "$ROD_FAULT/support/common.sh"
[ -x "$ROD_BINARY/tests/image/test_image" ] || skip "the tests of the image layer are not built"
"$ROD_BINARY/tests/image/test_image" --gtest_filter='Decode*-*PngSuite*' | tee log
grep -q 'FAILED' log && fail "a test failed"
odd="$(awk '$2 " " $3 == "odd images" { sum += $1 } END { print sum + 0 }' log)"
[ "$odd" -gt 0 ] || fail "nothing was tried"
counted "$odd kinds of odd image, and $(sed -n 's/^\[  PASSED  \] \([0-9]*\) tests.*/\1/p' log) tests of single ones: what decode.h promises, or a refusal by name"
