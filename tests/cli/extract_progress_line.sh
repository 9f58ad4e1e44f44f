#!/usr/bin/env bash
# extract: on a terminal without a size one line of at most 100 columns is painted over, with bytes,
# files, MB/s and the time left; elsewhere nothing but the summary appears.
set -eu
command -v script > script_path || { echo "there is no script"; exit 77; }
mkdir source
for name in $(seq 300); do head -c 20000 /dev/urandom > "source/$name"; done
tar -cf a.tar source

cat > slowly <<'END'
stty rows 0 cols 0
{ head -c 3000000 a.tar; sleep 0.5; tail -c +3000001 a.tar; } |
  "$RODPREP" extract - dest --keep-free 0
END
export RODPREP
script -qec 'bash slowly' log > script_output
tr '\r' '\n' < log | grep -q '^extract .*[0-9] files .*MB/s' || { cat -A log; exit 1; }
[ "$(tr '\r' '\n' < log | awk '{ if (length($0) > longest) longest = length($0) } END { print longest }')" -le 100 ]
grep -q '300 files, 6.0 MB in .* to dest' log
diff -r source dest/source

# Bytes and time left, once the size is known: read through strace's pauses the archive takes long
# enough.
if command -v strace > strace_path && strace -f -o trace true 2> err; then
  rm -rf dest
  export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" # LeakSanitizer does not work under strace
  script -qec "stty rows 0 cols 0; strace -f -qq -o trace -e trace=pread64 -e inject=pread64:delay_exit=100000 -P '$PWD/a.tar' '$RODPREP' extract '$PWD/a.tar' dest --keep-free 0" log > script_output
  tr '\r' '\n' < log | grep -q '^extract  [0-9]*%  .*time left' || { cat -A log; exit 1; }
fi

rm -rf dest
"$RODPREP" extract a.tar dest --keep-free 0 2> messages
[ "$(wc -l < messages)" = 1 ] || { cat messages; exit 1; }
