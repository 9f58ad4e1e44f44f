# SIGINT and SIGTERM end `rodprep cache` with 130 and 143; the same command then finishes an
# identical data set.
"$RODPREP" synth source.tar --pairs 80 --size 64 -q
"$RODPREP" cache source.tar undisturbed --size 512 --shard-size 10MB -q

# Waits until the first shard is there, so that the signal meets the work.
stop_with() {
  rm -rf out
  "$RODPREP" cache source.tar out --size 512 --shard-size 10MB -j 1 2> messages & pid=$!
  until ls out/*/00000.safetensors > /dev/null 2>&1 || ! kill -0 "$pid" 2> /dev/null; do :; done
  kill "-$1" "$pid" 2> /dev/null || true
  code=0
  wait "$pid" || code=$?
}
for signal in INT:130 TERM:143; do
  stop_with "${signal%:*}"
  [ "$code" = 0 ] && { echo "too fast to be stopped"; continue; }
  [ "$code" = "${signal#*:}" ] || { echo "SIG${signal%:*} gave $code"; cat messages; exit 1; }
  grep -q "run the same command again" messages
  [ ! -e out/dataset.json ]
  "$RODPREP" cache source.tar out --size 512 --shard-size 10MB --json -q > report.json
  grep -q '"shards_kept": [1-9]' report.json
  diff -r undisturbed out
done
