# extract: ENOSPC, EIO, EINTR or a short write at any write, and errors of open, mkdir, rename and close, name the file,
# leave nothing incomplete under a final name, and a rerun finishes.
. "$ROD_FAULT/fault.sh"
needs rodprep strace plain_build
strace -f -o trace true 2> err || skip "strace may not trace here"

mkdir source
for name in $(seq 30); do printf '%*s' $((name * 1000)) "$name" > "source/$name"; done
head -c 2500000 /dev/urandom > source/large
tar -cf a.tar source

# attempt CALL WHEN WHAT CODE TEXT: so many calls of a thread succeed, then one fails
attempt() {
  rm -rf dest
  local code=0
  strace -f -qq -o trace -e trace="$1" -e "inject=$1:$3:when=$2" \
    "$RODPREP" extract a.tar dest --keep-free 0 -q --jobs 2 2> err || code=$?
  [[ "$code" =~ ^($4)$ ]] || { cat err; fail "$1 $2 with $3: exit code $code, expected $4"; }
  [ "$code" = 0 ] || grep -q "$5" err || { cat err; fail "$1 $2 with $3: no '$5'"; }
  [ ! -d dest/source ] || [ -z "$(diff -rq source dest/source | grep -v '^Only in source')" ] || fail "$1 $2 with $3: a half file has its name"
  [ -z "$(find dest -name part 2> /dev/null)" ] || fail "$1 $2 with $3: an unfinished file was left"
  "$RODPREP" extract a.tar dest --keep-free 0 -q
  diff -r source dest/source
  [ "$(ls -A dest)" = source ] || fail "something was left in DEST: $(ls -A dest)"
  injected=$((injected + 1))
}

injected=0
most=$(short_or_long 3 12)
# The injection counts per thread; the reader's writes begin with the journal's first line.
for ((when = 1; when <= most; ++when)); do
  attempt write $when error=ENOSPC 4 'No space left'
  attempt write $when error=EIO 1 'Input/output error'
  attempt write $when error=EINTR 0 ''
done
attempt write 2 error=EDQUOT 4 'quota'
attempt renameat 1 error=EIO '0|1' 'Input/output error'
attempt mkdirat 1 error=ENOSPC '0|4' 'No space left'
attempt mkdirat 2 error=EMLINK '0|1' 'Too many links'
counted "$injected injected errors: named, and a rerun finished"
