#!/bin/sh
# Every case of make_layouts.py comes out as a person would expect, or is refused with the option to type.
tools=$SHARED/tools
if ! [ -f "$tools/make_layouts.py" ] || ! command -v python3 >/dev/null; then
  echo "skipped: make_layouts.py or python3 is not there"
  exit 77
fi
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
python3 "$tools/make_layouts.py" "$folder/cases" || exit 1
python3 "$tools/check_layouts.py" "$RODPREP" "$folder/cases"
