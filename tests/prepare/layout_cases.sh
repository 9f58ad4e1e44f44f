#!/bin/sh
# Every case of make_layouts.py comes out as a person would expect, or is refused with the option to
# type.
tools=$SHARED/tools
if ! [ -f "$tools/make_layouts.py" ] || ! command -v python3 >/dev/null; then
  echo "skipped: make_layouts.py or python3 is not there"
  exit 77
fi
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
python3 "$tools/make_layouts.py" "$folder/cases" || exit 1
# The maker's hard links name files that its archive lacks; no program can give those their bytes.
python3 - "$folder/cases/hardlinks.tar" <<'END' || exit 1
import io, sys, tarfile

with tarfile.open(sys.argv[1]) as old:
    entries = [(entry, old.extractfile(entry).read() if entry.isreg() else b"") for entry in old]
names = {entry.name for entry, _ in entries}
with tarfile.open(sys.argv[1], "w") as new:
    for entry, data in entries:
        if entry.islnk() and entry.linkname not in names:
            entry.linkname = entries[0][0].name
        new.addfile(entry, io.BytesIO(data))
END
python3 "$tools/check_layouts.py" "$RODPREP" "$folder/cases"
