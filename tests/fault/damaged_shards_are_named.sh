# Shards of every form with each bit of the header flipped, bits of the payload flipped, cut
# anywhere, extended.
. "$ROD_FAULT/support/common.sh"
[ -x "$ROD_BINARY/tests/shard/test_shard" ] || skip "the tests of the shard layer are not built"
# All forms in the long form; in the short one, one, as ctest runs the others by themselves.
filter="$(short_or_long 'Forms/Shard.*/zstd_raw16_ragged' '*Shard*:ShardReader.*')"
"$ROD_BINARY/tests/shard/test_shard" --gtest_filter="$filter" | tee log
grep -q 'FAILED' log && fail "a test failed"
total() { awk -v what="$1" \
  '$1 ~ /^[0-9]+$/ && substr($0, length($1) + 2) == what { sum += $1 } END { print sum + 0 }' log; }
[ "$(total 'flipped bits')" -gt 0 ] && [ "$(total cuts)" -gt 0 ] || fail "nothing was damaged"
counted "$(total 'flipped bits') flipped bits and $(total cuts) cuts: refused, or the sample is named"
