# extract: ENOSPC, EIO, EINTR or a short write at any write, and errors of open, mkdir, rename, truncate and close, name the file,
# leave nothing incomplete under a final name, and a rerun finishes.
. "$ROD_FAULT/fault.sh"
needs rodprep plain_build
make_failing_so
step="$(short_or_long 9 1)"

mkdir source source/old source/new
for name in $(seq 30); do printf '%*s' $((name * 1000)) "$name" > "source/$name"; done
for name in 1 2 3; do echo "$name" > "source/old/$name"; echo "$name$name" > "source/new/$name"; done
seeded_bytes 2500000 > source/large
tar -cf a.tar source

# failing VARIABLE=VALUE…: extract to dest/ (calls for DEST itself don't count), where a folder of the archive is there already
failing() {
  rm -rf dest
  mkdir -p dest/source/old
  env "$@" ROD_FILES="$PWD/dest/*" LD_PRELOAD="$PWD/failing.so" "$RODPREP" extract a.tar dest --keep-free 0 -q --jobs 2 2> messages
}
rerun_finishes() {
  "$RODPREP" extract a.tar dest --keep-free 0 -q || fail "$1: the rerun fails"
  diff -r source dest/source || fail "$1: the rerun gives another tree"
  [ "$(ls -A dest)" = source ] || fail "$1: something was left in DEST: $(ls -A dest)"
}

# inject CALL ERROR CODES TEXT: at each such call below DEST, until a run comes through
injected=0
inject() {
  local call="$1" error="$2" n code what
  random "$step"
  for ((n = 1 + drawn; ; n += step)); do
    rm -f hit
    code=0
    failing ROD_CALL=$call ROD_AT=$n ROD_FAIL=$error ROD_HIT="$PWD/hit" || code=$?
    [ -e hit ] || break
    what="$call $n with $error"
    [[ "$code" =~ ^($3)$ ]] || { cat messages; fail "$what: exit code $code, expected $3"; }
    if [ "$code" = 0 ]; then
      diff -r source dest/source || fail "$what: exit code 0, but another tree"
    else
      grep -q "dest.*$4" messages || { cat messages; fail "$what: no file with '$4'"; }
    fi
    [ -z "$(diff -rq source dest/source 2>&1 | grep -v '^Only in source' | grep -v 'dest/source: No such file')" ] || fail "$what: a half file has its name"
    [ -z "$(find dest -name part)" ] || fail "$what: an unfinished file was left"
    rerun_finishes "$what"
    injected=$((injected + 1))
  done
  [ "$n" -gt "$((1 + drawn))" ] || [ "$step" != 1 ] || fail "no $call was met"
}
inject write ENOSPC 4 'No space left'
inject write EDQUOT 4 'quota'
inject write EIO 1 'Input/output error'
inject write EINTR 0
# A folder or file that is only looked for, or closed when all is written, may be missed without harm.
for call in open mkdir rename truncate close; do
  inject $call ENOSPC '0|4' 'No space left'
  inject $call EIO '0|1' 'Input/output error'
done
inject mkdir EMLINK '0|1' 'Too many links'
inject close EINTR 0
failing ROD_SHORT=1 || fail "short writes: $(cat messages)"
rerun_finishes 'short writes'
counted "$injected injected errors and short writes: named, and a rerun finished"
