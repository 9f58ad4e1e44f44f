# Shards of every form with each bit of the header flipped, bits of the payload flipped, cut anywhere, extended.
. "$ROD_FAULT/fault.sh"
[ -x "$ROD_BINARY/tests/shard/test_shard" ] || skip "the tests of the shard layer are not built"
# All forms in the long form; in the short one, one, as ctest runs the others by themselves.
filter="$(short_or_long 'Forms/Shard.*/zstd_raw16_ragged' '*Shard*:ShardReader.*')"
"$ROD_BINARY/tests/shard/test_shard" --gtest_filter="$filter" | tee log
grep -q 'FAILED' log && fail "a test failed"
counted "$(sed -n 's/^\[  PASSED  \] \([0-9]*\) tests.*/\1/p' log) tests: every flipped bit and every cut is refused, or its sample is named"
