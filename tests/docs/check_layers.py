"""Fails when folders of the code include each other in a circle: a layer uses only those below it.
Fails also when a file outside of lib/io waits between two tries or reads back past the page cache:
lib/io retries and verifies for all.

    check_layers.py SOURCE_ROOT
"""

import collections
import graphlib
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
BELOW = {"lib/base": set(), "lib/io": {"lib/base"}}  # what the lowest layers may include
# What retries and read-backs are made of, and who else may use it: doctor measures a drive, and
# waits for a child process.
ONLY_IN_IO = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep|drop_cache|POSIX_FADV_\w+)\b")
MAY_USE_IT = ("lib/io", "lib/base/time_source.h", "tools/rodprep/doctor")

search = [root / "lib", root / "tools/rodprep", root]  # the folders that includes are looked up in
uses = collections.defaultdict(set)
for top in ("lib", "tools/rodprep", "trainer"):
    for file in (root / top).rglob("*.[ch]*"):
        # a program's start stands above all
        if file.suffix not in (".cc", ".h") or file.name in ("main.cc", "rodprep.cc"):
            continue
        waits = ONLY_IN_IO.search(file.read_text())
        if waits and not str(file.relative_to(root)).startswith(MAY_USE_IT):
            sys.exit(
                f"{file}: uses {waits[0]}; retry with io::retry(), copy with io::copy_verified()"
            )
        for name in re.findall(r'^#include "(.+)"', file.read_text(), re.M):
            found = next((folder / name for folder in search if (folder / name).exists()), None)
            if found is None:
                sys.exit(f"{file}: there is no {name}")
            if found.parent != file.parent:
                uses[file.parent.relative_to(root)].add(found.parent.relative_to(root))

try:
    order = [str(folder) for folder in graphlib.TopologicalSorter(uses).static_order()]
except graphlib.CycleError as error:
    sys.exit(
        "folders include each other in a circle: "
        + " <- ".join(str(folder) for folder in error.args[1])
    )
for folder, allowed in BELOW.items():
    if extra := {str(used) for used in uses[pathlib.Path(folder)]} - allowed:
        sys.exit(f"{folder}: includes {', '.join(sorted(extra))}, which is above it")
if len(order) < 20:
    sys.exit(f"only {len(order)} folders found: {order}")
print("from the lowest:", " ".join(order))
