#!/bin/sh
# cache --dry-run shows what it understood and writes nothing; --inventory and info tell every
# file's fate; an output that can't be written is exit code 1.
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
fail() {
  echo "FAILED: $*" >&2
  exit 1
}
"$RODPREP" synth "$folder/s.tar" --pairs 24 --size 32 --classes 2 -q || fail synth
"$RODPREP" extract "$folder/s.tar" "$folder/x" -q || fail extract
image=$(find "$folder/x" -name '*_crop.png' | head -1)
for class in apple cup; do
  mkdir -p "$folder/src/$class"
  for n in 1 2 3; do cp "$image" "$folder/src/$class/$n.png"; done
done
touch "$folder/src/apple/old.gif" "$folder/src/README.md"

"$RODPREP" cache "$folder/src" --dry-run >"$folder/shown" || fail "exit code $? of --dry-run"
for words in 'all 6' '2 classes' 'all / apple: apple/1.png' '1 not taken' 'apple/old.gif is GIF' \
  '--rgb-pattern'; do
  grep -qe "$words" "$folder/shown" ||
    fail "--dry-run does not show '$words': $(cat "$folder/shown")"
done
"$RODPREP" cache "$folder/src" --dry-run --json | grep -q '"not taken": 1' ||
  fail "--dry-run --json"
"$RODPREP" cache "$folder/src" "$folder/d" --size 16 --inventory 2>"$folder/log" ||
  fail "$(cat "$folder/log")"
grep -q 'apple/old.gif is GIF' "$folder/log" || fail "a real run does not show what is left out"
[ "$(wc -l <"$folder/d/sources.jsonl")" = 8 ] || fail "sources.jsonl has not 8 lines"
"$RODPREP" info "$folder/d" | grep -q '6 of samples, 1 ignored, 1 not taken, 0 refused' || fail info
"$RODPREP" verify "$folder/d" -q || fail verify
rm "$folder/src/apple/old.gif"
"$RODPREP" cache "$folder/src" "$folder/e" --size 16 -q || fail "without leftovers"
grep -q sources "$folder/e/dataset.json" &&
  fail "dataset.json keeps counts where nothing was left out"

mkdir "$folder/src/bowl" && touch "$folder/src/bowl/1.gif"
"$RODPREP" cache "$folder/src" --dry-run >/dev/null 2>"$folder/log"
[ $? = 3 ] || fail "--dry-run of a source without one class is no exit code 3"
grep -q "the class 'bowl' would be missing" "$folder/log" || fail "$(cat "$folder/log")"
"$RODPREP" cache "$folder/src" "$folder/f" --size 16 -q --on-error skip || fail "--on-error skip"

if [ -w /dev/full ]; then
  for command in "info $folder/d" "info $folder/d --json" "cache --help" --version --help \
    "cache $folder/src --dry-run --on-error skip" "extract $folder/s.tar --list"; do
    "$RODPREP" $command >/dev/full 2>/dev/null
    [ $? = 1 ] || fail "$command >/dev/full is no exit code 1"
  done
fi
exit 0
