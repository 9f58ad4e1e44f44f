"""Fails when folders of the code include each other in a circle: a layer uses only those below it.

    check_layers.py SOURCE_ROOT
"""

import collections
import graphlib
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
search = [root / "lib", root]  # the folders that includes are looked up in
uses = collections.defaultdict(set)
for top in ("lib", "trainer"):
    for file in (root / top).rglob("*.[ch]*"):
        if file.suffix not in (".cc", ".h") or file.name == "main.cc":  # a program's start stands above all
            continue
        for name in re.findall(r'^#include "(.+)"', file.read_text(), re.M):
            found = next((folder / name for folder in search if (folder / name).exists()), None)
            if found is None:
                sys.exit(f"{file}: there is no {name}")
            if found.parent != file.parent:
                uses[file.parent.relative_to(root)].add(found.parent.relative_to(root))

try:
    order = [str(folder) for folder in graphlib.TopologicalSorter(uses).static_order()]
except graphlib.CycleError as error:
    sys.exit("folders include each other in a circle: " + " <- ".join(str(folder) for folder in error.args[1]))
if len(order) < 20:
    sys.exit(f"only {len(order)} folders found: {order}")
print("from the lowest:", " ".join(order))
