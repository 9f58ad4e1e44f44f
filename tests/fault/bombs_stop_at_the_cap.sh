# Archives that grow without end, or claim to, stop at a cap, within 1 GB of address space.
. "$ROD_FAULT/support/common.sh"
. "$ROD_FAULT/support/hostile.sh"
count="$(short_or_long 24 300)"
hostile bomb "$count" '3|4'
counted "$count archives with giants, names and headers beyond measure, twice: all refused"

truncate -s "$(short_or_long 128M 2G)" zeros
tar -cf zeros.tar zeros
for packer in 'gzip -9' 'bzip2 -9' 'xz -1' 'zstd -q' 'lz4 -q'; do
  needs "${packer%% *}"
  $packer -c < zeros.tar > bomb.tar
  rm -rf dest
  # lz4 reaches no ratio that is suspicious; for it, and for all of them through a pipe, the other
  # cap.
  [ "$packer" = 'lz4 -q' ] || expect 4 "$RODPREP" extract bomb.tar dest -q --keep-free 0
  expect 4 bash -c '"$RODPREP" extract - dest -q --keep-free 0 --limit-bytes 64MB < bomb.tar'
  [ -z "$(find dest -type f -size +64M 2> /dev/null)" ] ||
    fail "$packer: more was written than the cap allows"
done
counted "5 compression bombs: stopped at the cap"

entries="$(short_or_long 200000 10000001)"
limit=$((entries - 1))
expect 4 bash -c "'$ROD_BINARY/tests/fault/hostile_tar' many 0 $entries - | (limit_memory 1000000; '$RODPREP' extract - dest --dry-run -q --limit-entries $limit)"
counted "an archive of $entries entries: stopped at the cap of $limit"
