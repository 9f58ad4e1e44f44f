# The same data set from 1, 2, 8 and 64 threads, from a folder and from its archive, and from parts
# that were merged.
. "$ROD_FAULT/support/common.sh"
needs rodprep
rounds="$(short_or_long 1 25)"

compared=0
for ((round = 0; round < rounds; ++round)); do
  rm -rf ./*
  random 90
  pairs=$((50 + drawn))
  random 60
  size=$((8 + drawn))
  random 200
  options=(--size "$size" --shard-size "$((20 + drawn))KB" -q)
  random 2
  [ "$drawn" = 0 ] || options+=(--codec raw)
  "$RODPREP" synth source.tar --pairs "$pairs" --classes 5 --size 40 --seed "$((round + 1))" -q
  mkdir folder
  tar xf source.tar -C folder
  "$RODPREP" cache source.tar whole -j 1 "${options[@]}"
  same() { diff -r whole out ||
    fail "$* of $pairs pairs, ${options[*]}: other bytes"; compared=$((compared + 1)); rm -rf out; }
  for jobs in 2 8 64; do
    "$RODPREP" cache source.tar out -j $jobs "${options[@]}"
    same "$jobs threads"
  done
  "$RODPREP" cache folder out "${options[@]}"
  same "folder"
  random 6
  parts=$((2 + drawn))
  for ((part = 1; part <= parts; ++part)); do
    if [ $((part % 2)) = 0 ]; then source=folder; else source=source.tar; fi
    "$RODPREP" cache $source "part-$part" --part "$part/$parts" "${options[@]}"
  done
  "$RODPREP" merge out part-* -q
  same "$parts parts"
done
counted "$compared data sets (1, 2, 8, 64 threads; folder or archive; 2 to 7 parts merged) equal byte for byte"
