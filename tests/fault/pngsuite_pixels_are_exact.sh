# PngSuite: its 161 valid files give Pillow's pixels, its 14 corrupt ones are refused.
. "$ROD_FAULT/support/common.sh"
[ -x "$ROD_BINARY/tests/image/test_image" ] || skip "the tests of the image layer are not built"
[ -d "$SHARED/data/pngsuite" ] || skip "PngSuite is not there"
"$ROD_BINARY/tests/image/test_image" --gtest_filter='*PngSuite*' | tee log
grep -q 'PASSED.* 2 tests' log && ! grep -q SKIPPED log ||
  fail "the two tests of PngSuite did not pass"
counted "161 valid files equal to Pillow in every sample, 14 corrupt ones refused"
