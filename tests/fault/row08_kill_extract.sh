# kill -9 at random moments of extract, then run again: no final name was ever incomplete, the tree is that of an undisturbed
# run, and of a plain tar what was done is neither read nor written again.
. "$ROD_FAULT/fault.sh"
needs rodprep gzip
make_failing_so
kills_wanted="$(short_or_long 50 1000)"

mkdir source
for folder in $(seq 20); do
  mkdir "source/$folder"
  for name in $(seq 50); do printf '%*s' $(((name * folder * 37) % 9000)) "$name" > "source/$folder/$name.png"; done
done
seeded_bytes 5000000 > source/large.bin
tar -cf a.tar source
gzip -1 -k a.tar

start=$(date +%s%N)
"$RODPREP" extract a.tar undisturbed --keep-free 0 -q
microseconds=$((($(date +%s%N) - start) / 1000))
diff -r source undisturbed/source

kills=0 runs=0
while [ $kills -lt "$kills_wanted" ]; do
  random 4
  archive=$([ $drawn = 0 ] && echo a.tar.gz || echo a.tar)
  rm -rf dest
  runs=$((runs + 1))
  for _ in 1 2 3 4 5; do
    random 4
    "$RODPREP" extract $archive dest --keep-free 0 -q --jobs $((1 + drawn)) &
    child=$!
    random_sleep "$microseconds"
    kill -9 $child 2> killed && kills=$((kills + 1))
    wait $child 2> killed || true
    bad=$([ ! -d dest/source ] || diff -rq source dest/source | grep -v '^Only in source' || true)
    [ -z "$bad" ] || fail "after kill $kills of $archive: $bad"
  done
  noted=$(grep -a '^@ ' dest/.rodprep-extract/journal 2> no_journal | tail -n 1 | cut -d' ' -f2 || true)
  "$RODPREP" extract $archive dest --keep-free 0 -q --json > report.json
  diff -r source dest/source
  [ "$(ls -A dest)" = source ] || fail "something was left in DEST: $(ls -A dest)"
  grep -q '"files": 1001' report.json || fail "$(cat report.json)"
  read_bytes=$(sed -n 's/.*"read": \([0-9]*\).*/\1/p' report.json)
  size=$(stat -c %s a.tar)
  # Beyond the noted position: a sample for the preflight, which of a real archive is < 1%.
  [ $archive = a.tar.gz ] || [ "$read_bytes" -le $((size - ${noted:-0} + 1000000)) ] || fail "read $read_bytes bytes again from $noted of $size"
done
counted "$kills kills in $runs runs of a tar and a .tar.gz: all trees equal the undisturbed run's"

# The same at every call that changes DEST, where a folder of the archive is there already and another is new.
mkdir few few/old few/new
for name in 1 2 3; do echo "$name" > few/old/$name.png; echo "$name$name" > few/new/$name.png; done
tar -cf few.tar -C few old new
failing() { rm -rf dest; mkdir -p dest/old; env "$@" LD_PRELOAD="$PWD/failing.so" "$RODPREP" extract few.tar dest --keep-free 0 -q --jobs 2; }
kills=0 calls=0
for call in write rename unlink mkdir setxattr; do
  failing ROD_CALL=$call ROD_COUNT=count
  all="$(cat count)"
  calls=$((calls + all))
  for ((n = 1; n <= all; ++n)); do
    code=0
    { failing ROD_CALL=$call ROD_AT=$n ROD_FAIL=KILL; } > killed 2>&1 || code=$?
    [ "$code" = 137 ] || fail "$call $n of $all: exit code $code, expected to be killed"
    kills=$((kills + 1))
    "$RODPREP" extract few.tar dest --keep-free 0 -q || fail "$call $n: the rerun fails"
    diff -r few dest || fail "$call $n: the rerun gives another tree"
  done
done
counted "$kills kills at $calls write, rename, unlink, mkdir and setxattr calls: the rerun's tree is the undisturbed one"
