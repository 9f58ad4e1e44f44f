# The command line of cache, verify, info and preview: exit codes, messages, --json alone on stdout.
expect() {  # expect CODE TEXT COMMAND…: exit code, and a part of what goes to stderr
  local wanted="$1" text="$2" code=0
  shift 2
  "$@" > stdout 2> stderr || code=$?
  [ "$code" = "$wanted" ] || { echo "$*: exit $code, expected $wanted"; cat stderr; exit 1; }
  grep -qF -- "$text" stderr || { echo "$*: no '$text' in:"; cat stderr; exit 1; }
}
"$RODPREP" synth source.tar --pairs 80 --size 32 -q

expect 0 "complete, 80 pairs" "$RODPREP" cache source.tar out --size 32
expect 0 "already complete" "$RODPREP" cache source.tar out --size 32
expect 3 "size was 32, is now 48" "$RODPREP" cache source.tar out --size 48
expect 2 "--layout" "$RODPREP" cache source.tar new --layout imagenet
expect 2 "--normals-axes" "$RODPREP" cache source.tar new --depth normals --normals-axes xxz
expect 2 "--size" "$RODPREP" cache source.tar new --size 5000
expect 3 "the small lists of" "$RODPREP" cache source.tar new --smallset
expect 2 "NAME=LIST" "$RODPREP" cache source.tar new --split ROD
expect 3 "check the path" "$RODPREP" cache absent.tar new
gzip -k source.tar
expect 4 "rodprep extract" "$RODPREP" cache source.tar.gz new --spool-limit 100kB
[ ! -e new ]
expect 0 "complete" "$RODPREP" cache source.tar.gz new --size 32 --spool spooled
diff -r out new
[ -z "$(ls -A spooled)" ]
rm -r new

# One option takes one list: what follows is a positional again.
echo 'apple/apple_1/none_***.png 0' > mine.txt
expect 3 "mine.txt:1" "$RODPREP" cache --split ROD=mine.txt source.tar new

expect 0 "intact" "$RODPREP" verify out
expect 2 "--layout requires --repair" "$RODPREP" verify out --layout hb
expect 0 "intact" "$RODPREP" verify out --retry 5s # of the data set's own reads, too
expect 2 "--jobs is for --duplicates" "$RODPREP" info out --jobs 2
expect 2 "--most requires --duplicates" "$RODPREP" info out --most 2
"$RODPREP" info out --duplicates --jobs 2 -q | grep -q '^80 images compared between splits'
"$RODPREP" info out --duplicates --json -q | grep -q '"near"'
"$RODPREP" info out | grep -q 'codec zstd, depth rgb'
"$RODPREP" info out --json | head -c 1 | grep -q '{'
"$RODPREP" preview out sheet.png -q --json | grep -q '"picture": "sheet.png"'
expect 3 "there is no split 'x'" "$RODPREP" preview out sheet.png --split x
expect 3 "dataset.json" "$RODPREP" verify .

shard="$(ls out/ROD/*.safetensors)"
size="$(stat -c %s "$shard")"
printf '\xff\xff\xff\xff' | dd of="$shard" bs=1 seek=$((size / 2)) conv=notrunc status=none
expect 3 "$shard" "$RODPREP" verify out
"$RODPREP" verify out --json 2> stderr | grep -q '"intact": false'

# A wrong source changes nothing; the right one gives back what it was.
"$RODPREP" synth other.tar --pairs 80 --size 32 --seed 5 -q
expect 3 "nothing was changed" "$RODPREP" verify out --repair other.tar
before="$("$RODPREP" info out --json | grep -o '"fingerprint": *"[^"]*"')"
expect 0 "repaired, 1 of" "$RODPREP" verify out --repair source.tar
expect 0 "intact" "$RODPREP" verify out
[ "$("$RODPREP" info out --json | grep -o '"fingerprint": *"[^"]*"')" = "$before" ]

expect 0 "80 samples in 162 files" "$RODPREP" export out pngs
expect 3 "not empty" "$RODPREP" export out pngs
expect 2 "--format" "$RODPREP" export out other --format zip
expect 0 "a list of images, recognised by list.tsv" "$RODPREP" cache pngs again --size 32
expect 0 "folders of classes (split/class): RGB by 'rgb', depth by 'depth' in folders and names" \
  "$RODPREP" cache pngs more --size 32 --layout folders
