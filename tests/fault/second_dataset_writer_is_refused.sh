# Two caches into one folder: the second is refused at once, and what the first makes is right.
. "$ROD_FAULT/support/common.sh"
needs rodprep
rounds="$(short_or_long 8 200)"

"$RODPREP" synth source.tar --pairs 60 --classes 3 --size 64 -q
options=(--size 160 --shard-size 1MB -q)
"$RODPREP" cache source.tar undisturbed "${options[@]}"

refused=0
for ((round = 0; round < rounds; ++round)); do
  rm -rf out
  "$RODPREP" cache source.tar out "${options[@]}" 2> first & one=$!
  random_sleep 30000
  "$RODPREP" cache source.tar out "${options[@]}" 2> second & two=$!
  codes=""
  for pid in $one $two; do
    code=0
    wait $pid || code=$?
    codes="$codes$code "
  done
  case "$codes" in
    "0 1 ") grep -q "in use by another process" second || fail "$(cat second)" ;;
    "1 0 ") grep -q "in use by another process" first || fail "$(cat first)" ;;
    "0 0 ") refused=$((refused - 1)) ;;  # one after the other
    *) fail "exit codes $codes: $(cat first second)" ;;
  esac
  refused=$((refused + 1))
  diff -r undisturbed out || fail "two writers give other bytes"
done
[ "$refused" -gt 0 ] || fail "no run met another"
counted "$refused of $rounds second writers met the first and were refused; every data set equals the undisturbed one"
