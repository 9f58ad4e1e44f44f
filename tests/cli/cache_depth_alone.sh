# A data set of depth alone goes through every command.
fail() { echo "$*"; exit 1; }
"$RODPREP" synth demo.tar --pairs 60 --classes 3 --size 32 --quiet
tar -xf demo.tar
for split in train test; do
  for class in apple ball banana; do
    mkdir -p images/$split/$class/depth
    cp ROD-synROD/synROD/$class/depth/* images/$split/$class/depth
  done
done
rm "$(ls images/train/apple/depth/* | head -n 1)"
"$RODPREP" cache images data --dry-run --depth-pattern '*' 2> messages > output
grep -qh 'images of depth alone' messages output ||
  { cat messages output; fail "--dry-run does not say that depth is alone"; }
"$RODPREP" cache images data --size 32 --depth-pattern '*' --quiet
"$RODPREP" verify data --quiet
"$RODPREP" info data | grep -q '^train .* -  *-  ' ||
  { "$RODPREP" info data; fail "info does not say that there is no RGB"; }
"$RODPREP" info data --duplicates | head -n 1
equal="$("$RODPREP" info data --duplicates --json | grep -o '"equal": [0-9]*' | head -n 1 |
  tr -dc 0-9)"
test="$(ls images/test/*/depth/* | wc -l)"
[ "$equal" -ge $((test - 1)) ] || fail "$equal images are equal in both splits, of $test"
"$RODPREP" preview data sheet.png --quiet
[ -s sheet.png ] || fail "no contact sheet"

# What is exported is read again as the same pixels.
for format in png webdataset npy; do "$RODPREP" export data $format --format $format --quiet; done
[ ! -e npy/train/rgb.npy ] && tar -tf webdataset/train-000000.tar | grep -q depth.png &&
  ! tar -tf webdataset/train-000000.tar | grep -q rgb.png ||
  fail "an export of RGB images that there are not"
"$RODPREP" cache png again --size 32 --depth-pattern '*' --quiet
"$RODPREP" export again npy2 --format npy --quiet
cmp npy/train/depth.npy npy2/train/depth.npy

# A damaged shard is repaired, more pairs are added, and pairs with RGB are refused.
cp -r data whole
printf X | dd of=data/train/00000.safetensors bs=1 seek=3000 conv=notrunc 2> messages
! "$RODPREP" verify data --quiet 2> messages || fail "damage is not found"
"$RODPREP" verify data --repair images --depth-pattern '*' --quiet
cmp data/train/00000.safetensors whole/train/00000.safetensors
mkdir -p more/train/apple/depth more/train/ball/depth
for class in apple ball; do
  n=0
  for file in $(ls images/train/$class/depth/* |
    head -n 3); do n=$((n + 1)); cp "$file" more/train/$class/depth/new_$n.png; done
done
"$RODPREP" cache more data --append --depth-pattern '*' --quiet
"$RODPREP" verify data --quiet
"$RODPREP" info data | grep -q '^parent ' || fail "not grown"
code=0
"$RODPREP" cache demo.tar data --append --quiet 2> messages || code=$?
[ $code = 3 ] ||
  { cat messages; fail "pairs were added to a data set of depth alone: exit code $code"; }

# Partitions of it are joined to the same bytes.
"$RODPREP" cache images parts --size 32 --depth-pattern '*' --part 1/2 --quiet
"$RODPREP" cache images parts2 --size 32 --depth-pattern '*' --part 2/2 --quiet
"$RODPREP" merge joined parts parts2 --quiet
cmp joined/dataset.json whole/dataset.json
