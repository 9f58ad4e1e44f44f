# A destination on a drive, here asked for with --local-dir: the same bytes, nothing left behind; a drive that fails for a while is
# waited for; what was finished before a kill is delivered by the next run.
"$RODPREP" synth source.tar --pairs 60 --size 32 -q
options=(--size 32 --shard-size 100KB -q)
"$RODPREP" cache source.tar plain "${options[@]}"
mkdir local
"$RODPREP" cache source.tar drive --local-dir local "${options[@]}"
diff -r plain drive
[ -z "$(ls -A local)" ] || { ls -R local; exit 1; }

# A shard that a killed run had finished here but not delivered. The folder's name depends on destination and plan alone, so let a
# run that is killed at its second rename into the drive tell it.
command -v strace > /dev/null || { echo "no strace: no failing drive"; exit 0; }
strace -qq -o trace true 2> /dev/null || { echo "strace may not trace here"; exit 0; }
strace -f -qq -o trace -e trace=rename -e inject=rename:signal=KILL:when=3 \
  "$RODPREP" cache source.tar killed --local-dir local -j 1 "${options[@]}" > /dev/null 2>&1 || true
[ ! -e killed/dataset.json ]
[ -n "$(find local -name '*.safetensors')" ] || { echo "nothing waits here"; ls -laR local killed; exit 1; }
"$RODPREP" cache source.tar killed --local-dir local "${options[@]}" --json > report.json
diff -r plain killed
[ -z "$(ls -A local)" ]
grep -q '"shards_kept": [1-9]' report.json

# The first fsync of a copy on the drive fails: the copy is made again.
strace -f -qq -o trace -e trace=fsync -e inject=fsync:error=EIO:when=5 \
  "$RODPREP" cache source.tar failing --local-dir local --size 32 --shard-size 100KB 2> messages
grep -q "trying again" messages || { cat messages; exit 1; }
diff -r plain failing
