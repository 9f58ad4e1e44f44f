# An archive cut anywhere, or with a flipped bit in a header, ends with exit code 3; complete
# entries stay, and nothing incomplete has a final name.
. "$ROD_FAULT/support/common.sh"
needs rodprep gzip zstd cmp
mkdir source
for name in $(seq 9); do seeded_bytes $((name * name * 37)) > "source/$name"; done
tar --sort=name --mtime=@0 -cf whole.tar source
gzip -k whole.tar
zstd -q whole.tar

# unpack CODE FILE: and compares what it leaves
unpack() {
  rm -rf dest
  local code=0
  "$RODPREP" extract "$2" dest -q --keep-free 0 2> messages || code=$?
  [[ "$code" =~ ^($1)$ ]] || { cat messages; fail "$3: exit code $code, expected $1"; }
  [ ! -e dest ] || [ -z "$(diff -rq source dest/source 2>&1 | grep -v '^Only in source' | grep -v 'dest/source: No such file')" ] ||
    fail "$3: $(diff -rq source dest/source)"
}

# Each file's end in the archive, and that of the mark which ends it: "block 4: -rw-r--r-- root/root
# 333 1970-01-01 … NAME".
tar -tvRf whole.tar | awk '$3 ~ /^-/ { print ($2 + 1) * 512 + $5 }' > file_ends
mark=$(tar -tvRf whole.tar | awk '/Block of NULs/ { print ($2 + 2) * 512 }')
[ "$(wc -l < file_ends)" = 9 ] && [ "$mark" -gt 0 ] || fail "tar's listing is not understood"

cuts=0
size=$(stat -c %s whole.tar)
for ((cut = 512; cut < size; cut += 512)); do
  head -c $cut whole.tar > cut.tar
  unpack "$([ $cut -ge "$mark" ] && echo 0 || echo '0|3')" cut.tar "cut at $cut"
  # A tar that is cut where an entry ends may be one that never had a mark: it is whole, with a
  # warning.
  [ $cut -ge "$mark" ] || [ -s messages ] || fail "cut at $cut: nothing was said"
  complete=$(awk -v cut=$cut '$1 <= cut { n++ } END { print n + 0 }' file_ends)
  [ "$(find dest -type f 2> /dev/null | wc -l)" = "$complete" ] ||
    fail "cut at $cut: not the $complete complete files"
  cuts=$((cuts + 1))
done
for archive in whole.tar.gz whole.tar.zst; do
  size=$(stat -c %s $archive)
  for ((cut = 1; cut < size - 8; cut += $(short_or_long 397 1))); do
    head -c $cut $archive > cut.tar
    unpack 3 cut.tar "$archive cut at $cut"
    cuts=$((cuts + 1))
  done
done
counted "$cuts cuts, of a tar at every 512 bytes, of .gz and .zst"

flips=0
for header in $(tar -tvRf whole.tar | awk '!/Block of NULs/ { print int($2) * 512 }'); do
  for ((at = 0; at < 512; at += $(short_or_long 29 1))); do
    # The checksum's own field has several spellings; the rest of a header is covered by it.
    [ $at -lt 148 ] || [ $at -ge 156 ] || continue
    random 8
    byte=$(od -An -tu1 -j $((header + at)) -N 1 whole.tar)
    cp whole.tar flipped.tar
    printf "\\$(printf %03o $((byte ^ (1 << drawn))))" |
      dd of=flipped.tar bs=1 seek=$((header + at)) conv=notrunc status=none
    unpack 3 flipped.tar "bit $drawn of byte $((header + at)) flipped"
    flips=$((flips + 1))
  done
done
counted "$flips flipped bits in headers"
