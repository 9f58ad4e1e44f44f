# Compressions within one another end at the second one, and a signal ends them within a second, in
# 512 MiB of memory.
. "$ROD_FAULT/support/common.sh"
needs gzip
head -c 64M /dev/zero | gzip -9 > zeros.gz
cp zeros.gz deep.gz
depth="$(short_or_long 8 40)"
for _ in $(seq "$depth"); do gzip -c deep.gz > deeper.gz && mv deeper.gz deep.gz; done
expect 3 bash -c 'limit_memory 524288; timeout 20 "$RODPREP" extract deep.gz dest -q --keep-free 0'
grep -q 'more than 2 nested compressions' messages ||
  fail "the message does not say how deep: $(cat messages)"
expect 3 bash -c \
  'limit_memory 524288; timeout 20 "$RODPREP" extract - dest -q --keep-free 0 < deep.gz'
[ -z "$(find dest -type f 2> /dev/null)" ] || fail "something was written"
counted "$depth gzip files within one another: refused at the third, from a file and a pipe"

# 16 GiB of zeros in two compressions, in a few kilobytes.
for _ in $(seq 256); do cat zeros.gz; done | gzip -9 > twice.gz
expect 4 bash -c 'limit_memory 524288; timeout 20 "$RODPREP" extract twice.gz dest -q --keep-free 0'
tries="$(short_or_long 2 50)"
slowest=0
most="${ROD_SANITIZE:+6000}"  # milliseconds
most="${most:-1000}"
for try in $(seq "$tries"); do
  signal="$([ $((try % 2)) = 0 ] && echo INT || echo TERM)"
  (limit_memory 524288; exec env --default-signal=INT "$RODPREP" extract twice.gz dest -q \
    --keep-free 0 --limit-ratio 1000000000) 2> messages &
  child=$!
  sleep 0.5
  random_sleep 500000
  before="$(date +%s%N)"
  kill "-$signal" "$child" || fail "it ended before the signal: $(cat messages)"
  code=0
  wait "$child" || code=$?
  took=$((($(date +%s%N) - before) / 1000000))
  [ "$code" = "$([ "$signal" = INT ] && echo 130 || echo 143)" ] ||
    fail "exit code $code after $signal: $(cat messages)"
  [ "$took" -lt "$most" ] || fail "$signal took $took ms"
  [ "$took" -le "$slowest" ] || slowest="$took"
done
counted "$tries signals within two compressions of 16 GiB: ended after at most $slowest ms"

# A zip whose LZMA data asks for a dictionary of 4 GiB, of which memory is taken as it fills; it
# takes seconds.
[ "$ROD_LONG" = 1 ] || exit 0
needs python3
python3 - << 'END'
import struct, zipfile
with zipfile.ZipFile("dictionary.zip", "w", zipfile.ZIP_LZMA) as z, \
        z.open("zeros", "w", force_zip64=True) as f:
    for _ in range(600):
        f.write(bytes(1 << 20))
data = bytearray(open("dictionary.zip", "rb").read())
name, extra = struct.unpack("<HH", data[26:30])
data[30 + name + extra + 5:30 + name + extra + 9] = b"\xff" * 4
open("dictionary.zip", "wb").write(data)
END
expect 4 bash -c \
  'timeout 100 "$RODPREP" extract dictionary.zip dest -q --keep-free 0 --limit-ratio 1000000000'
grep -q 'needs more than 400 MiB of memory' messages ||
  fail "the message does not name the memory: $(cat messages)"
counted "a dictionary of 4 GiB: stopped at 400 MiB"
