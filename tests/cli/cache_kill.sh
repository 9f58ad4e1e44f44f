# kill -9 at random moments of `rodprep cache`, then the same command again: byte for byte the undisturbed data set.
seed="${ROD_SEED:-$(date +%N)}"
kills="${ROD_KILLS:-15}"
echo "ROD_SEED=$seed ROD_KILLS=$kills"
RANDOM=$((10#$seed % 32768))

"$RODPREP" synth source.tar --pairs 150 --size 64 -q
cache() { "$RODPREP" cache source.tar "$1" --size 160 --shard-size 1MB -q; }

start=$(date +%s%N)
cache undisturbed
milliseconds=$((($(date +%s%N) - start) / 1000000 + 1))

killed=0 finished=0
while [ "$killed" -lt "$kills" ]; do
  cache out & pid=$!
  sleep "$(printf '0.%06d' $((RANDOM % milliseconds * 1000)))"
  kill -9 "$pid" 2> /dev/null || true
  if wait "$pid" 2> /dev/null; then
    diff -r undisturbed out
    rm -rf out
    finished=$((finished + 1))
    [ "$finished" -le 10 ] || break  # the machine is faster than we can kill
  else
    killed=$((killed + 1))
    [ ! -e out/dataset.json ] || diff -r -x '.rodprep-cache.json' undisturbed out
  fi
done
cache out
diff -r undisturbed out
"$RODPREP" verify out -q
echo "$killed kills, $finished runs were finished before"
