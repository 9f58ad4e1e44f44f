# Each write, fsync, rename and pread of cache fails with ENOSPC, EIO or EINTR, and every write is short: exit 4 or 1 naming a
# file, or success where the call is repeated; nothing half-written under a final name; a rerun finishes.
. "$ROD_FAULT/fault.sh"
needs rodprep strace cc
strace -qq -o trace true 2> /dev/null || skip "strace may not trace here"
step="$(short_or_long 9 1)"

"$RODPREP" synth source.tar --pairs 24 --classes 3 --size 32 -q
options=(--size 32 --shard-size 40KB -q -j 2)
"$RODPREP" cache source.tar undisturbed "${options[@]}"

# inject CALL ERROR CODES: at each call of CALL that touches the source or the data set; CODES are the exit codes that may follow
failures=0
inject() {
  local call="$1" error="$2" codes="$3" at n=0 code
  rm -rf out
  strace -f -y -qq -e trace="$call" -o trace "$RODPREP" cache source.tar out "${options[@]}"
  for at in $(grep "$call(" trace | grep -n "out\|source.tar" | cut -d: -f1); do
    n=$((n + 1))
    [ $(((n + 10#$ROD_SEED) % step)) = 0 ] || continue
    rm -rf out
    code=0
    strace -f -qq -o trace -e trace="$call" -e inject="$call:error=$error:when=$at" \
      "$RODPREP" cache source.tar out "${options[@]}" > output 2> messages || code=$?
    [[ " $codes " == *" $code "* ]] || { cat messages; fail "$call $at fails with $error: exit $code, expected one of $codes"; }
    if [ "$code" != 0 ]; then
      failures=$((failures + 1))
      grep -q "out\|source.tar" messages || { cat messages; fail "$call $at, $error: the message names no file"; }
    fi
    for shard in out/*/[0-9]*.safetensors; do
      [ ! -e "$shard" ] || cmp "$shard" "undisturbed/${shard#out/}" || fail "$call $at, $error: $shard is not whole"
    done
    "$RODPREP" cache source.tar out "${options[@]}" || fail "$call $at, $error: the rerun fails"
    diff -r undisturbed out || fail "$call $at, $error: the rerun gives other bytes"
  done
}
inject write ENOSPC "4"
inject write EIO "1"
inject write EINTR "0"
inject fsync EIO "1"
inject fsync EINTR "0"
inject rename ENOSPC "4"
inject rename EIO "1"
inject pread64 EIO "1"
inject pread64 EINTR "0"

cat > short.c <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
ssize_t write(int fd, const void* data, size_t bytes) {  // at most 1,000 bytes at a time
  static ssize_t (*real)(int, const void*, size_t);
  if (!real) real = (ssize_t (*)(int, const void*, size_t))dlsym(RTLD_NEXT, "write");
  return real(fd, data, bytes > 1000 ? 1000 : bytes);
}
C
cc -shared -fPIC -o short.so short.c -ldl
LD_PRELOAD="$PWD/short.so" "$RODPREP" cache source.tar short "${options[@]}"
diff -r undisturbed short || fail "short writes give other bytes"
counted "$failures failed runs (each ${step}th call; ENOSPC, EIO at write, fsync, rename, pread64) say which file and are finished by a rerun; EINTR and short writes change nothing"
