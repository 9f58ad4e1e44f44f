# kill -9 at random moments of `rodprep cache`, then the same command again: byte for byte the undisturbed data set.
seed="${ROD_SEED:-$(date +%N)}"
kills="${ROD_KILLS:-15}"
echo "ROD_SEED=$seed ROD_KILLS=$kills"
RANDOM=$((10#$seed % 32768))

"$RODPREP" synth source.tar --pairs 150 --size 64 -q
options=(--size 160 --shard-size 1MB -q)

start=$(date +%s%N)
"$RODPREP" cache source.tar undisturbed "${options[@]}"
microseconds=$((($(date +%s%N) - start) / 1000 + 1))

killed=0 finished=0
while [ "$killed" -lt "$kills" ] && [ "$finished" -lt 20 ]; do
  "$RODPREP" cache source.tar out "${options[@]}" & pid=$!
  moment=$(((RANDOM * 32768 + RANDOM) % microseconds))
  sleep "$((moment / 1000000)).$(printf '%06d' $((moment % 1000000)))"
  kill -9 "$pid" 2> /dev/null || true
  code=0
  wait "$pid" 2> /dev/null || code=$?
  case "$code" in
    0) # the rest of the work took less than that
      diff -r undisturbed out
      rm -rf out
      finished=$((finished + 1)) ;;
    137)
      killed=$((killed + 1))
      [ ! -e out/dataset.json ] || diff -r -x .rodprep-cache.json undisturbed out ;;
    *) echo "a run after $killed kills exits with $code"; exit 1 ;;
  esac
done
"$RODPREP" cache source.tar out "${options[@]}"
diff -r undisturbed out
"$RODPREP" verify out -q
echo "$killed kills, $finished runs were finished before"
[ "$killed" -gt 0 ]
