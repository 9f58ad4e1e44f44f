# A destination on a drive, here asked for with --local-dir: the same bytes, nothing left behind; a
# drive that fails for a while is waited for; what was finished before a kill is delivered by the
# next run.
"$RODPREP" synth source.tar --pairs 80 --size 32 -q
options=(--size 32 --shard-size 100KB -q)
"$RODPREP" cache source.tar plain "${options[@]}"
mkdir local
"$RODPREP" cache source.tar drive --local-dir local "${options[@]}"
diff -r plain drive
[ -z "$(ls -A local)" ] || { ls -R local; exit 1; }

# A run that is killed when a finished shard is about to get its name on the drive: the next run
# delivers it.
command -v cc > /dev/null || { echo "no cc: no failing drive"; exit 0; }
cc -shared -fPIC -o failing.so "$ROD_SOURCE/tests/fault/failing_calls.c" -ldl
failing() { LD_PRELOAD="$PWD/failing.so" "$RODPREP" cache source.tar "$@" --local-dir local --size \
  32 --shard-size 100KB; }
# the plan, a shard here, the shard there
ROD_CALL=rename ROD_AT=3 ROD_FAIL=KILL failing killed > /dev/null 2>&1 && exit 1
[ ! -e killed/dataset.json ]
[ -n "$(find local -name '[0-9]*.safetensors')" ] ||
  { echo "nothing waits here"; ls -laR local killed; exit 1; }
"$RODPREP" cache source.tar killed --local-dir local "${options[@]}" --json > report.json
diff -r plain killed
[ -z "$(ls -A local)" ]
grep -q '"shards_kept": [1-9]' report.json

# The first fsync of a copy on the drive fails, after two for the plan and two for the shard here:
# the copy is made again.
ROD_CALL=fsync ROD_AT=5 ROD_FAIL=EIO failing waited 2> messages
grep -q "trying again" messages || { cat messages; exit 1; }
diff -r plain waited
